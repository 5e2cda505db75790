import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { type Config, parseConfig, readConfig } from '../config.ts';
import { CountersignError } from '../errors.ts';
import { serve } from '../serve.ts';

interface Options {
  readonly config?: string;
  readonly policy?: string;
  readonly listen?: string;
  readonly insecureLoopback?: true;
}

const defaultFile = 'countersign.yaml';

/** `countersign serve`. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('serve Envoy: ext_authz, ext_proc and gRPC health on one listener')
    .option('-c, --config <file>', `configuration (default: ${defaultFile} where there is one)`)
    .option('--policy <dir|bundle>', 'folder of Rego, or a compiled bundle; overrides policy.source')
    .option('--listen <addr>', 'unix:PATH or HOST:PORT; overrides listen')
    .option('--insecure-loopback', 'allow a TCP loopback listener without mTLS: any local process is then Envoy')
    .action(async (options: Options) => {
      await run(configOf(options));
    });
}

/** The file's settings with the command line's on top. */
export function configOf(options: Options): Config {
  const file = options.config ?? (existsSync(defaultFile) ? defaultFile : undefined);
  const base = file === undefined ? parseConfig('', 'defaults', process.cwd()) : readConfig(file);
  const given: string[] = [];
  if (options.listen !== undefined) given.push(`listen: ${JSON.stringify(options.listen)}`);
  if (options.policy !== undefined) given.push(`policy: {source: ${JSON.stringify(resolve(options.policy))}}`);
  const flags = parseConfig(given.join('\n'), 'command line', process.cwd());
  return {
    ...base,
    ...(options.listen === undefined ? {} : { listen: flags.listen }),
    ...(flags.policy.source === undefined ? {} : { policy: { ...base.policy, source: flags.policy.source } }),
    ...(options.insecureLoopback === true ? { insecure_loopback: true } : {}),
  };
}

/** Serves until SIGTERM or SIGINT, then drains; SIGHUP looks for another policy; a second signal ends at once. A broken log ends with status 1. */
async function run(config: Config): Promise<void> {
  const running = await serve(config);
  process.on('SIGHUP', () => void running.reload());
  const signals = new AbortController();
  const stop = await Promise.race([
    once(process, 'SIGTERM', { signal: signals.signal }),
    once(process, 'SIGINT', { signal: signals.signal }),
    running.broken,
  ]);
  signals.abort();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  const fault = await running.stop().then(
    () => null,
    (error: unknown) => error,
  );
  // The disk that broke the log also fails what is kept at the end: the log is what the operator has to know of.
  const broken = stop instanceof Error ? stop : await Promise.race([running.broken, Promise.resolve(null)]);
  if (broken !== null) throw new CountersignError('audit_broken', broken.message, { cause: broken });
  if (fault !== null) throw fault;
  process.exit();
}
