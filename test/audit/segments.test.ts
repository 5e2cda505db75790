import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { directoryStore } from '../../plugin/audit/directory.ts';
import { frame, readHeader, readRecord } from '../../plugin/audit/segment.ts';
import { openSegments } from '../../plugin/audit/segments.ts';

const framed = frame({ statement: Buffer.from('{}'), signature: Buffer.from('s'), entries: [Buffer.from('{}')] });
const name = (batch: number) => `segments/${`${batch}`.padStart(16, '0')}.seg`;

t.test('each start and each hour begins a segment, named and headed by its first batch', async (t) => {
  const folder = t.testdir();
  const store = directoryStore(folder);
  t.teardown(() => store.close());
  let now = 1_000;
  const segments = openSegments(store, () => now);
  t.same(await segments.append(7, framed), { segment: name(7), offset: 16, length: framed.length });
  now += 3_599_999;
  t.same(await segments.append(8, framed), { segment: name(7), offset: 16 + framed.length, length: framed.length });
  now += 1;
  t.same(await segments.append(9, framed), { segment: name(9), offset: 16, length: framed.length });
  t.match(await openSegments(store, () => now).append(10, framed), { segment: name(10), offset: 16 });
  for (const [batch, records] of [
    [7, 2],
    [9, 1],
    [10, 1],
  ] as const) {
    const bytes = readFileSync(join(folder, name(batch)));
    t.equal(readHeader(bytes), batch);
    t.equal(bytes.length, 16 + records * framed.length);
    t.not(readRecord(bytes, 16), null);
  }
});

t.test('a segment of 64 MiB is full', async (t) => {
  const folder = t.testdir();
  const store = directoryStore(folder);
  const written: string[] = [];
  const segments = openSegments(
    {
      ...store,
      append: async (path) => {
        written.push(path);
      },
      sync: async () => {},
    },
    () => 1_000,
  );
  const large = Buffer.alloc(16 * 1024 * 1024);
  for (let batch = 0; batch < 6; batch += 1) await segments.append(batch, large);
  t.same(written, [...[0, 0, 0, 0], ...[4, 4]].map(name));
});

t.test('a batch is appended, then synced, and only then is there a place for it', async (t) => {
  const steps: string[] = [];
  const step = (what: string) => async () => {
    steps.push(what);
  };
  const store = { ...directoryStore(t.testdir()), create: step('create'), append: step('append'), sync: step('sync') };
  await openSegments(store, () => 0).append(0, framed);
  t.same(steps, ['create', 'append', 'sync']);
  const failing = { ...store, sync: () => Promise.reject(new Error('EIO')) };
  await t.rejects(openSegments(failing, () => 0).append(0, framed), { message: 'EIO' });
});
