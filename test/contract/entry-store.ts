/** What every adapter of the EntryStore port promises. */
import type { Test } from 'tap';
import type { EntryStore } from '../../plugin/audit/store.ts';

/** Runs the contract. `open` opens the same, at first empty, store each time: a second one stands for a restart. */
export async function entryStoreContract(t: Test, open: () => Promise<EntryStore> | EntryStore): Promise<void> {
  const store = await open();
  t.teardown(() => store.close());

  /** What another process finds. */
  const found = async (path: string): Promise<string> => {
    const other = await open();
    try {
      return (await other.read(path)).toString();
    } finally {
      await other.close();
    }
  };

  await t.test('an empty store lists nothing, and reading what is not there rejects', async (t) => {
    t.same(await store.list(''), []);
    t.same(await store.list('segments'), []);
    t.same(await store.folders(''), []);
    await t.rejects(store.read('checkpoint'));
    await t.rejects(store.readAt('checkpoint', 0, 1));
  });

  await t.test('appends stand in the order of the calls, behind what was made', async (t) => {
    await store.create('segments/1.seg', Buffer.from('head|'));
    await Promise.all(['one|', 'two|', 'three'].map((it) => store.append('segments/1.seg', Buffer.from(it))));
    await store.sync('segments/1.seg');
    t.equal(await found('segments/1.seg'), 'head|one|two|three');
    const big = Buffer.alloc(3_000_000, 'x');
    await store.append('segments/1.seg', big);
    await store.sync('segments/1.seg');
    t.equal((await found('segments/1.seg')).length, 18 + big.length);
  });

  await t.test('files and folders are listed apart', async (t) => {
    t.same(await store.folders(''), ['segments']);
    t.same(await store.folders('segments'), []);
    t.same(await store.list('segments'), ['1.seg']);
  });

  await t.test('a part of a file is read, and no more than there is', async (t) => {
    t.equal((await store.readAt('segments/1.seg', 5, 3)).toString(), 'one');
    await store.create('segments/2.seg', Buffer.from('abc'));
    t.equal((await store.readAt('segments/2.seg', 2, 9)).toString(), 'c');
    t.equal((await store.readAt('segments/2.seg', 9, 9)).length, 0);
  });

  await t.test('a file that is there is not made again', async (t) => {
    await t.rejects(store.create('segments/2.seg', Buffer.from('other')));
    t.equal(await found('segments/2.seg'), 'abc');
  });

  await t.test('a file is replaced as a whole, and no half of one is listed', async (t) => {
    await store.replace('checkpoint', Buffer.from('first'));
    await store.replace('checkpoint', Buffer.from('2nd'));
    t.equal(await found('checkpoint'), '2nd');
    await store.replace('tile/0/x001/234.p/7', Buffer.from('deep'));
    t.equal(await found('tile/0/x001/234.p/7'), 'deep');
    t.same(await store.list(''), ['checkpoint']);
    t.same(await store.list('segments'), ['1.seg', '2.seg'], 'files only, sorted');
  });

  await t.test('a tail is cut off, and the file goes on from there', async (t) => {
    await store.truncate('segments/2.seg', 1);
    await store.append('segments/2.seg', Buffer.from('Z'));
    await store.sync('segments/2.seg');
    t.equal(await found('segments/2.seg'), 'aZ');
  });

  await t.test('a file, or all of a folder, is removed; what is not there is no error', async (t) => {
    await store.remove('tile/0/x001/234.p');
    await t.rejects(store.read('tile/0/x001/234.p/7'));
    await store.remove('segments/2.seg');
    t.same(await store.list('segments'), ['1.seg']);
    await store.remove('segments/2.seg');
  });
}
