import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { entryStoreContract } from '../contract/entry-store.ts';

t.test('a directory is an entry store', async (t) => {
  const folder = t.testdir();
  await entryStoreContract(t, () => directoryStore(folder));
});

t.test('what a crash left of a replacement does no harm', async (t) => {
  const folder = t.testdir({ checkpoint: 'old', 'checkpoint.new': 'half of a longer no' });
  const store = directoryStore(folder);
  t.equal(String(await store.read('checkpoint')), 'old');
  await store.replace('checkpoint', Buffer.from('new'));
  t.equal(String(await store.read('checkpoint')), 'new');
  t.same(readdirSync(folder), ['checkpoint']);
});

t.test('a folder that can not be written rejects', async (t) => {
  const folder = t.testdir();
  writeFileSync(join(folder, 'segments'), 'a file where a folder should be');
  const store = directoryStore(folder);
  await t.rejects(store.create('segments/1.seg', Buffer.from('x')));
  await t.rejects(store.append('segments/1.seg', Buffer.from('x')));
  await t.rejects(store.sync('segments/1.seg'));
  await t.rejects(store.replace('segments/1.seg', Buffer.from('x')));
});
