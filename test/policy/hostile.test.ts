/** What a bundle may hold to do harm, and what it gets: a refusal that names it, soon, and no harm. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { Header } from 'tar';
import { codeOf } from '../../plugin/errors.ts';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { loadPolicy } from '../../plugin/policy/policy.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';
import { webAssembly } from '../../plugin/policy/webassembly.ts';
import { withoutOpa } from './rego.ts';

const demo = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');
const path = 'envoy/authz/allow';

/** A tar of files, and whatever else a header can say. */
function tarOf(entries: readonly (readonly [header: object, content: Buffer])[]): Buffer {
  const blocks = entries.flatMap(([header, content]) => {
    const block = Buffer.alloc(512);
    new Header({ mode: 0o644, type: 'File', size: content.length, mtime: new Date(0), ...header }).encode(block, 0);
    return [block, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

async function refused(t: Test, bytes: Buffer, message: RegExp, keys?: readonly string[]): Promise<void> {
  const source = join(t.testdir(), 'bundle.tar.gz');
  writeFileSync(source, bytes);
  await t.rejects(loadPolicy({ source, path, ...(keys === undefined ? {} : { keys }) }), {
    code: 'policy_invalid',
    message,
  });
}

const { wasm } = await loadBundle({ source: demo, path });
const module = Buffer.from(wasm);

t.test('a bomb of one file is cut off while it is unpacked', async (t) => {
  const bomb = gzipSync(Buffer.alloc(300 * 1_048_576), { level: 9 });
  t.ok(bomb.length < 1_048_576, `${bomb.length} bytes`);
  await refused(t, bomb, /expected a bundle\.tar\.gz/);
});

t.test('a bomb of many files is refused', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, at) => [{ path: `f${at}` }, Buffer.alloc(0)] as const);
  await refused(t, gzipSync(tarOf([[{ path: 'policy.wasm' }, module], ...many])), /more than 10000 files/);
});

t.test('a name twice is refused: two readers might take different ones', async (t) => {
  const data = [{ path: 'data.json' }, Buffer.from('{}')] as const;
  await refused(t, gzipSync(tarOf([[{ path: 'policy.wasm' }, module], data, data])), /data\.json is in it twice/);
  const other = [{ path: './/data.json' }, Buffer.from('{"a":1}')] as const;
  await refused(t, gzipSync(tarOf([[{ path: 'policy.wasm' }, module], data, other])), /data\.json is in it twice/);
});

t.test('links, devices and names of other folders are nothing that is read', async (t) => {
  const source = join(t.testdir(), 'bundle.tar.gz');
  const odd = ['SymbolicLink', 'Link', 'CharacterDevice', 'FIFO'].map(
    (type) =>
      [
        { path: 'data.json', type, ...(type.endsWith('Link') ? { linkpath: '/etc/passwd' } : {}) },
        Buffer.alloc(0),
      ] as const,
  );
  const outside = [{ path: '../../outside' }, Buffer.from('x')] as const;
  writeFileSync(source, gzipSync(tarOf([...odd, outside, [{ path: 'policy.wasm' }, module]])));
  t.equal((await loadBundle({ source, path })).data, '{}');
});

t.test('an entrypoint that is not there, by its name and with those that are', async (t) =>
  t.rejects(loadPolicy({ source: demo, path: 'other/rule' }), {
    code: 'policy_invalid',
    message: /no entrypoint "other\/rule" \(it has envoy\/authz\/allow\)/,
  }),
);

t.test('a module that wants more of its host than OPA has is refused', async (t) => {
  // (module (import "env" "system" (func)))
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 14, 1, 3, 0x65, 0x6e, 0x76, 6];
  const wanting = Buffer.from([...bytes, ...Buffer.from('system'), 0, 0]);
  t.ok(webAssembly.validate(new Uint8Array(wanting)));
  await refused(t, gzipSync(tarOf([[{ path: 'policy.wasm' }, wanting]])), /policy\.wasm: expected a module built by/);
});

t.test('signatures that are rubbish are refused, and not quoted', async (t) => {
  for (const text of ['secret', '[]', 'null', '{"signatures":"secret"}', '{"signatures":[1]}', '{}']) {
    const signed = [{ path: '.signatures.json' }, Buffer.from(text)] as const;
    await refused(t, gzipSync(tarOf([[{ path: 'policy.wasm' }, module], signed])), /^(?!.*secret)/, ['no key']);
  }
});

t.test('any byte of a bundle that is damaged is a refusal or another bundle, nothing else', async (t) => {
  const tar = gunzipSync(await readFile(demo));
  const source = join(t.testdir(), 'bundle.tar');
  const { digest } = await loadBundle({ source: demo, path });
  let read = 0;
  for (let at = 7; at < tar.length; at += 4_999) {
    const damaged = Buffer.from(tar);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    writeFileSync(source, damaged);
    try {
      if ((await loadBundle({ source, path })).digest !== digest) read++;
    } catch (error) {
      if (codeOf(error) !== 'policy_invalid') return t.fail(`byte ${at}: ${error}`);
    }
  }
  t.ok(read > 10, `${read} were other bundles`);
});

/** How many instances are made from here on. */
function countInstances(t: Test): () => number {
  const { Instance } = webAssembly;
  let count = 0;
  const construct = (target: typeof Instance, args: ConstructorParameters<typeof Instance>) => {
    count++;
    return new target(...args);
  };
  Object.assign(webAssembly, { Instance: new Proxy(Instance, { construct }) });
  t.teardown(() => Object.assign(webAssembly, { Instance }));
  return () => count;
}

t.test('50 MB of data are loaded or refused, and loaded once', { skip: withoutOpa }, async (t) => {
  const item = '{"id":1,"name":"abc"}';
  const listOf = (count: number) => `{"list":[${Array(count).fill(item).join(',')}]}`;
  t.throws(() => openEngine(wasm, listOf(2_300_000)), {
    code: 'policy_invalid',
    message: /^policy\.wasm: .*opa_malloc: failed/,
  });
  const policy = await loadBundle({
    source: t.testdir({ 'p.rego': 'package envoy.authz\n\nallow := count(data.list)\n' }),
    path,
  });
  const made = countInstances(t);
  const engine = openEngine(policy.wasm, listOf(300_000));
  for (let turn = 0; turn < 3; turn++) t.equal(engine.evaluate(0, '{}'), '[{"result":300000}]');
  t.equal(made(), 1);
});

t.test(
  'an instance that one input has swollen is replaced by one that answers the same',
  { skip: withoutOpa },
  async (t) => {
    const rule = 'allow := {"same": input.a == data.a, "count": count(input.list)}';
    const { wasm } = await loadBundle({ source: t.testdir({ 'p.rego': `package envoy.authz\n\n${rule}\n` }), path });
    const made = countInstances(t);
    const engine = openEngine(wasm, '{"a":"é"}');
    for (const size of [10, 60_000_000, 10, 60_000_000, 10])
      t.match(engine.evaluate(0, JSON.stringify({ a: 'é', list: ['x'.repeat(size)] })), /"same":true/);
    t.equal(made(), 3);
  },
);
