import type { RecordingStore } from '../../plugin/record/store.ts';

/** tap's `t`, as far as a contract needs it. */
type Tap = typeof import('tap').t;

/** What every `RecordingStore` keeps. `open` gives an empty one, and again the same one as another process would see it. */
export function recordingStoreContract(
  t: Tap,
  open: () => { readonly store: RecordingStore; readonly again: () => RecordingStore },
): void {
  t.test('bytes come back in the order in which they were appended', async (t) => {
    const { store, again } = open();
    const writer = await store.create('e-1', 'request');
    await writer?.append([Buffer.from('a'), Buffer.from('b')]);
    await writer?.append([]);
    await writer?.append([Buffer.from('c')]);
    t.equal(String(await store.read('e-1', 'request')), 'abc', 'before it is closed too');
    await writer?.close();
    await store.sync('e-1');
    t.equal(String(await again().read('e-1', 'request')), 'abc', 'to another process too');
  });

  t.test('a part is written once', async (t) => {
    const { store, again } = open();
    const writer = await store.create('e-1', 'head');
    await writer?.append([Buffer.from('first')]);
    t.equal(await store.create('e-1', 'head'), null, 'while it is open');
    await writer?.close();
    t.equal(await again().create('e-1', 'head'), null, 'and afterwards');
    t.not(await store.create('e-1', 'response').then((other) => other?.close()), null, 'another part is another');
    t.equal(String(await store.read('e-1', 'head')), 'first');
  });

  t.test('what is not there is null, and a listing has what is there, in order', async (t) => {
    const { store } = open();
    t.strictSame(await store.list(), []);
    t.equal(await store.read('e-1', 'head'), null);
    for (const recording of ['e-2', 'e-1']) await (await store.create(recording, 'head'))?.close();
    t.strictSame(await store.list(), ['e-1', 'e-2']);
    t.equal(await store.read('e-1', 'response'), null);
  });

  t.test('what is removed is gone, and may be there anew', async (t) => {
    const { store, again } = open();
    for (const recording of ['e-1', 'e-2'])
      for (const part of ['head', 'request'] as const) {
        const writer = await store.create(recording, part);
        await writer?.append([Buffer.from(`${recording} ${part}`)]);
        await writer?.close();
      }
    await store.remove('e-1');
    await store.remove('e-1');
    await store.remove('none');
    t.strictSame(await again().list(), ['e-2']);
    for (const part of ['head', 'request'] as const) t.equal(await again().read('e-1', part), null);
    t.equal(String(await again().read('e-2', 'head')), 'e-2 head');
    t.not(await store.create('e-1', 'head').then((writer) => writer?.close()), null);
  });

  t.test('only an id is an id', async (t) => {
    const { store } = open();
    for (const id of ['', '.', '..', '../e-1', 'a/b', 'a\0b', '-e', 'x'.repeat(65)]) {
      await t.rejects(async () => store.read(id, 'head'), { code: 'record_unknown' }, JSON.stringify(id));
      await t.rejects(async () => store.create(id, 'head'), { code: 'record_unknown' }, JSON.stringify(id));
      await t.rejects(async () => store.sync(id), { code: 'record_unknown' }, JSON.stringify(id));
      await t.rejects(async () => store.remove(id), { code: 'record_unknown' }, JSON.stringify(id));
    }
  });

  t.test('what can not be made durable says so', async (t) => {
    await t.rejects(open().store.sync('e-1'), { code: 'record_failed' });
  });
}
