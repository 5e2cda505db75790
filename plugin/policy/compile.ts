import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CountersignError } from '../errors.ts';
import { readsOf } from './deps.ts';
import type { Reads } from './reads.ts';

const run = promisify(execFile);

/** Compiling a large policy takes a second or two. */
const timeoutMs = 120_000;

/**
 * Compiles a folder of Rego into a bundle's bytes with the team's own `opa` (`opa`, else `$OPA`, else the PATH). Tests
 * stay out of it. `extra` are further arguments of `opa build`; their paths must be absolute.
 * @throws CountersignError `tool_missing` without an `opa`, `policy_invalid` with what `opa` says
 */
export async function buildBundle(
  {
    source,
    path,
    opa = process.env.OPA || 'opa',
    extra = [],
  }: { readonly source: string; readonly path: string; readonly opa?: string; readonly extra?: readonly string[] },
  files: ReadonlyMap<string, Buffer>,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-policy-'));
  try {
    const bundle = join(folder, 'bundle.tar.gz');
    const paths = [path, ...responseEntrypoint(path, files)];
    const staged = await stage(join(folder, 'source'), source, await readsOf(opa, source, paths, files));
    const entrypoints = paths.flatMap((one) => ['-e', one]);
    // From within the folder: then no path of this machine gets into the bundle, and its digest is the same anywhere.
    const args = ['build', '-t', 'wasm', ...entrypoints, '--ignore', '*_test.rego', '-o', bundle, ...extra, '-b', '.'];
    await run(opa, args, { cwd: staged, timeout: timeoutMs, maxBuffer: 1_048_576 });
    return await readFile(bundle);
  } catch (error) {
    throw explain(error, opa, source);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A copy of the folder whose manifest says what the policy reads: `opa build` takes that into the bundle, and signs it. */
async function stage(copy: string, source: string, reads: Reads): Promise<string> {
  if (reads === null) return source;
  await cp(source, copy, { recursive: true });
  const file = join(copy, '.manifest');
  const manifest = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as { readonly metadata?: Readonly<Record<string, unknown>> },
    () => ({}) as { readonly metadata?: Readonly<Record<string, unknown>> },
  );
  const metadata = { ...manifest.metadata, countersign: { reads } };
  await writeFile(file, JSON.stringify({ ...manifest, metadata }));
  return copy;
}

/** `opa build` refuses an entrypoint that no rule defines, so the second one is named only where a rule may. */
export function responseEntrypoint(path: string, files: ReadonlyMap<string, Buffer>): readonly string[] {
  const response = 'envoy/authz/response';
  if (path === response) return [];
  const defines = [...files].some(
    ([name, content]) =>
      name.endsWith('.rego') &&
      !name.endsWith('_test.rego') &&
      /^package envoy\.authz\s*$/m.test(content.toString('utf8')) &&
      /^(default\s+)?response\b/m.test(content.toString('utf8')),
  );
  return defines ? [response] : [];
}

function explain(error: unknown, opa: string, source: string): CountersignError {
  const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
  if (code === 'ENOENT' || code === 'EACCES')
    return new CountersignError(
      'tool_missing',
      `compiling ${source} needs opa, and "${opa}" can not be run: install it (https://www.openpolicyagent.org/docs/latest/#running-opa), set $OPA or policy.opa, or give a bundle built by "opa build -t wasm"`,
    );
  const said = `${stderr}${stdout}`.trim();
  return new CountersignError('policy_invalid', `opa can not compile ${source}: ${said || 'it gave no reason'}`);
}
