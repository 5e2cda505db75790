import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CountersignError } from '../../errors.ts';
import { loadBundle } from '../../policy/bundle.ts';
import { buildBundle, responseEntrypoint } from '../../policy/compile.ts';
import { loadPolicy } from '../../policy/policy.ts';
import { inFolder, openOpa, regoFiles, writeCapabilities } from './opa.ts';

/** The options of `policy build`. */
export interface BuildFlags {
  readonly output: string;
  readonly path: string;
  readonly opa?: string;
  readonly revision?: string;
  readonly signingKey?: string;
  readonly signingAlg: string;
}

/**
 * `countersign policy build`: folders into a bundle that loads, under its name only when it is whole. Gives
 * a line with the digest by which every entry names it.
 * @throws CountersignError what compiling and loading throw
 */
export async function buildPolicy(sources: readonly string[], flags: BuildFlags): Promise<string> {
  const { output, path } = flags;
  const bytes = await compiled(sources, flags);
  const partial = `${output}.partial`;
  await write(partial, bytes);
  const policy = await loadPolicy({ source: partial, path });
  const { wasm } = await loadBundle({ source: partial, path });
  await rename(partial, output);
  return `${output}: ${path}${policy.respond === null ? '' : ' and envoy/authz/response'}, ${wasm.length} bytes of code, digest ${policy.digest}`;
}

/**
 * One folder is built from within, as `serve` does it; several as they stand below this folder, since their names go
 * into the bundle: from the same place the bytes are the same.
 */
async function compiled(sources: readonly string[], flags: BuildFlags): Promise<Buffer> {
  const { path, opa: binary } = flags;
  const opa = openOpa(binary);
  const files = new Map<string, Buffer>();
  for (const name of (await Promise.all(sources.map(regoFiles))).flat()) files.set(name, await readFile(name));
  return inFolder(async (folder) => {
    const extra = ['--capabilities', await writeCapabilities(opa, folder), ...revisionOf(flags), ...signatureOf(flags)];
    const [only] = sources;
    if (sources.length === 1 && only !== undefined)
      return buildBundle({ source: only, path, extra, ...(binary === undefined ? {} : { opa: binary }) }, files);
    const bundle = join(folder, 'bundle.tar.gz');
    const entrypoints = [path, ...responseEntrypoint(path, files)].flatMap((one) => ['-e', one]);
    const ignored = ['--ignore', '*_test.rego', '--ignore', '*.ts'];
    const said = await opa(['build', '-t', 'wasm', ...entrypoints, ...ignored, ...extra, '-o', bundle, ...sources]);
    if (said.code === 0) return readFile(bundle);
    throw new CountersignError('policy_invalid', `${sources.join(', ')}: ${`${said.stderr}${said.stdout}`.trim()}`);
  });
}

async function write(file: string, bytes: Buffer): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw new CountersignError('usage', `${file}: cannot be written; give a writable file with -o`, { cause });
  }
}

function revisionOf({ revision }: BuildFlags): readonly string[] {
  return revision === undefined ? [] : ['--revision', revision];
}

function signatureOf({ signingKey, signingAlg }: BuildFlags): readonly string[] {
  return signingKey === undefined ? [] : ['--signing-key', resolve(signingKey), '--signing-alg', signingAlg];
}
