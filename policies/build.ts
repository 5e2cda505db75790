/**
 * Builds the quick start's bundle from what it uses of `policies/` and its own policy:
 *
 *     node policies/build.ts             writes examples/quickstart/bundle.tar.gz
 *     node policies/build.ts --check     exit code 1 when the committed one is stale, without writing
 *
 * Needs opa 1.22 (`$OPA`, else the PATH). The same sources give the same bytes.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '../plugin/policy/bundle.ts';
import { buildBundle } from '../plugin/policy/compile.ts';

const root = join(import.meta.dirname, '..');
const path = 'envoy/authz/allow';
const sources = ['policies/caller', 'policies/pii', 'policies/sql', 'examples/quickstart/policy'];
const committed = join(root, 'examples/quickstart/bundle.tar.gz');

/** Digest of a bundle's content: two gzip libraries may pack the same content differently. */
const digest = async (source: string) => (await loadBundle({ source, path }).catch(() => null))?.digest ?? 'none';

const folder = await mkdtemp(join(tmpdir(), 'countersign-bundle-'));
try {
  const staged = join(folder, 'source');
  const files = new Map<string, Buffer>();
  for (const source of sources)
    for (const name of await readdir(join(root, source))) {
      if (!name.endsWith('.rego') || name.endsWith('_test.rego')) continue;
      const content = await readFile(join(root, source, name));
      files.set(`${source}/${name}`, content);
      await mkdir(join(staged, source), { recursive: true });
      await writeFile(join(staged, source, name), content);
    }
  const built = join(folder, 'bundle.tar.gz');
  await writeFile(built, await buildBundle({ source: staged, path }, files));
  const [now, before] = [await digest(built), await digest(committed)];
  if (process.argv.includes('--check')) {
    process.exitCode = now === before ? 0 : 1;
    process.stdout.write(
      now === before
        ? `bundle.tar.gz is current: ${now}\n`
        : `bundle.tar.gz is stale (committed ${before}, sources give ${now}): run node policies/build.ts\n`,
    );
  } else {
    await writeFile(committed, await readFile(built));
    process.stdout.write(`${committed}: ${now}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
