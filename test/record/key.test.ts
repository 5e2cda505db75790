import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadKek, newKey, unwrapKey, wrappedBytes } from '../../plugin/record/key.ts';

t.test('the key is made once, for its owner alone', async (t) => {
  const file = join(t.testdir(), 'keys', 'recordings.key');
  const kek = loadKek(file);
  t.equal(kek.length, 32);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.ok(loadKek(file).equals(kek), 'the second start finds it');
});

t.test('a key that others can read, or that is none, is refused', async (t) => {
  const folder = t.testdir({
    open: Buffer.alloc(32, 1),
    group: Buffer.alloc(32, 1),
    short: 'x',
    long: Buffer.alloc(33),
    dir: {},
  });
  for (const name of ['short', 'long', 'open']) chmodSync(join(folder, name), name === 'open' ? 0o604 : 0o600);
  chmodSync(join(folder, 'group'), 0o640);
  for (const name of ['open', 'group', 'short', 'long', 'dir'])
    t.throws(() => loadKek(join(folder, name)), { code: 'key_invalid' }, name);
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  t.throws(() => loadKek(join(folder, 'link')), { code: 'key_invalid' }, 'a link to nowhere');
  writeFileSync(join(folder, 'file'), '');
  t.throws(() => loadKek(join(folder, 'file', 'key')), { code: 'key_invalid' }, 'below a file');
});

t.test('a recording has its own key, which opens for that recording only', async (t) => {
  const [kek, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const { key, wrapped } = newKey(kek, 'e-1');
  t.equal(wrapped.length, wrappedBytes);
  t.notOk(wrapped.includes(key), 'it is not kept in clear');
  t.ok(unwrapKey(kek, 'e-1', wrapped).equals(key));
  t.notOk(newKey(kek, 'e-1').key.equals(key));
  t.throws(() => unwrapKey(other, 'e-1', wrapped), { code: 'audit_damaged' }, 'another key');
  t.throws(() => unwrapKey(kek, 'e-2', wrapped), { code: 'audit_damaged' }, 'another recording');
  for (let at = 0; at < wrapped.length; at++) {
    const changed = Buffer.from(wrapped);
    changed[at] = (changed[at] ?? 0) ^ 1;
    t.throws(() => unwrapKey(kek, 'e-1', changed), { code: 'audit_damaged' }, `byte ${at}`);
  }
  t.throws(() => unwrapKey(kek, 'e-1', wrapped.subarray(0, 40)), { code: 'audit_damaged' }, 'cut');
});
