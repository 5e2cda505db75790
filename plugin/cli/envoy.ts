import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parseYaml } from '../config.ts';
import { inspectBootstrap } from '../envoy/bootstrap.ts';
import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';
import { exitStatus } from './exit.ts';

/** `countersign envoy check FILE`. */
export function envoyCommand(): Command {
  const command = new Command('envoy').description("Envoy's configuration");
  command
    .command('check')
    .description('name the settings of a bootstrap file that leave a hole; exit 1 when there are any')
    .argument('<file>', 'Envoy bootstrap, YAML or JSON')
    .option('--json', 'findings as JSON')
    .action((file: string, options: { readonly json?: true }) => {
      const findings = inspectBootstrap(parseYaml(read(file), file) as Json);
      if (options.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
      else for (const { check, where, message } of findings) process.stdout.write(`${where}: ${message} [${check}]\n`);
      if (findings.length > 0) process.exitCode = exitStatus.failed;
      else if (!options.json) process.stdout.write(`${file}: nothing found\n`);
    });
  return command;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CountersignError('usage', `${file}: cannot be read`, { cause });
  }
}
