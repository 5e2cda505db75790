import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { create, extract } from 'tar';
import { loadBundle } from '../../plugin/policy/bundle.ts';

const demo = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');
const path = 'envoy/authz/allow';
const load = (source: string) => loadBundle({ source, path });

t.test('file, repacked file and folder have one digest', async (t) => {
  const folder = t.testdir({ files: {}, files2: {} });
  const { digest } = await load(demo);
  t.match(digest, /^[0-9a-f]{64}$/);
  await writeFile(join(folder, 'other.tar.gz'), gzipSync(gunzipSync(await readFile(demo)), { level: 1 }));
  await writeFile(join(folder, 'plain.tar'), gunzipSync(await readFile(demo)));
  await extract({ file: demo, cwd: join(folder, 'files') });
  await create({ file: join(folder, 'mine.tgz'), cwd: join(folder, 'files'), gzip: true }, ['.']);
  for (const name of ['other.tar.gz', 'plain.tar', 'files', 'mine.tgz'])
    t.equal((await load(join(folder, name))).digest, digest, name);
  await writeFile(join(folder, 'files', 'data.json'), '{"a":1}');
  t.not((await load(join(folder, 'files'))).digest, digest, 'other data, other digest');
});

t.test('a bundle that is cut off anywhere is refused', async (t) => {
  const bytes = await readFile(demo);
  const tar = gunzipSync(bytes);
  const file = join(t.testdir(), 'bundle.tar.gz');
  const cuts = [0, 10, 1_000, bytes.length - 8, bytes.length - 1].map((length) => bytes.subarray(0, length));
  for (const cut of [...cuts, gzipSync(tar.subarray(0, 100_000)), tar.subarray(0, 700), Buffer.from('no bundle')]) {
    await writeFile(file, cut);
    await t.rejects(load(file), { code: 'policy_invalid' }, `${cut.length} bytes`);
  }
});

const folders: readonly (readonly [name: string, files: Record<string, string>, message: RegExp])[] = [
  ['nothing in it', {}, /neither \.rego files nor a policy\.wasm/],
  [
    'data that does not parse',
    { 'policy.wasm': '', 'data.json': '{"secret' },
    /^(?!.*secret).*data\.json to hold one JSON object/,
  ],
  ['data that is no object', { 'policy.wasm': '', 'data.json': '[]' }, /data\.json/],
  ['a manifest that does not parse', { 'policy.wasm': '', '.manifest': 'x' }, /\.manifest/],
];
for (const [name, files, message] of folders)
  t.test(`a folder with ${name} is refused`, async (t) =>
    t.rejects(load(t.testdir(files)), { code: 'policy_invalid', message }),
  );

t.test('data files that opa would have merged are not passed over', async (t) => {
  const folder = t.testdir({ 'policy.wasm': '', a: { 'data.json': '{}' } });
  await t.rejects(load(folder), { code: 'policy_invalid', message: /a\/data\.json is not in the data document/ });
});

t.test('no policy at all is told apart', async (t) =>
  t.rejects(load('/nonexistent/policy'), { code: 'policy_missing' }),
);
