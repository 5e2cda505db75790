/**
 * Builds the quick start's bundle from what it uses of `policies/` and its own policy:
 *
 *     node policies/build.ts             writes examples/quickstart/bundle.tar.gz
 *     node policies/build.ts --check     exit code 1 when the committed one is stale, without writing
 *
 * Needs opa 1.22 (`$OPA`, else the PATH). The same sources give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '../plugin/policy/bundle.ts';

const root = join(import.meta.dirname, '..');
const path = 'envoy/authz/allow';
const sources = ['policies/caller', 'policies/pii', 'policies/sql', 'examples/quickstart/policy'];
const committed = join(root, 'examples/quickstart/bundle.tar.gz');

/** Digest of a bundle's content: two gzip libraries may pack the same content differently. */
const digest = async (source: string) => (await loadBundle({ source, path }).catch(() => null))?.digest ?? 'none';

const folder = await mkdtemp(join(tmpdir(), 'countersign-bundle-'));
try {
  const built = join(folder, 'bundle.tar.gz');
  const args = [
    'build',
    '-t',
    'wasm',
    '-e',
    path,
    '--ignore',
    '*_test.rego',
    '--ignore',
    '*.ts',
    '-o',
    built,
    ...sources,
  ];
  execFileSync(process.env.OPA || 'opa', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
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
