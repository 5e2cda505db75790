import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { largestFile, openBytes } from '../../plugin/verify/bytes.ts';
import { readHeader, readRecords } from '../../plugin/verify/segment.ts';

const MiB = 1024 * 1024;

t.test('a file is read as its bytes, whatever is asked for and in whatever order', async (t) => {
  const all = Buffer.from(Array.from({ length: 3 * MiB }, (_, at) => (at * 31 + (at >> 12)) & 255));
  const file = join(t.testdir(), 'file');
  writeFileSync(file, all);
  for (const start of [0, 5, 2 * MiB]) {
    const bytes = openBytes(file, start);
    if (bytes === null) return t.fail('it opens');
    t.equal(bytes.length, all.length - start);
    for (const [from, to] of [
      [0, 16],
      [16, 2 * MiB],
      [2 * MiB - 5, 2 * MiB + 9],
      [3, 4],
      [3 * MiB - 1, 4 * MiB],
    ] as const)
      t.ok(bytes.subarray(from, to).equals(all.subarray(start).subarray(from, to)), `${from} to ${to} behind ${start}`);
    bytes.close();
  }
});

t.test('what is no file of a log is not opened; what ends sooner than it said is damage', async (t) => {
  const folder = t.testdir();
  t.equal(openBytes(folder), null);
  t.equal(openBytes(join(folder, 'none')), null);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  t.equal(openBytes(file)?.length, 0);
  truncateSync(file, largestFile + 1);
  t.equal(openBytes(file), null, 'a sparse file');
  truncateSync(file, largestFile);
  writeFileSync(file, Buffer.concat([Buffer.from('CSAUDIT1'), Buffer.alloc(8), Buffer.from('00000010', 'hex')]), {
    flag: 'r+',
  });
  const sparse = openBytes(file);
  if (sparse === null) return t.fail('it opens');
  t.equal(readHeader(sparse), 0n);
  t.match([...readRecords(sparse)], [{ short: false, message: /no batch/ }]);
  truncateSync(file, 20);
  t.match(
    [...readRecords({ ...sparse, subarray: (from, to) => sparse.subarray(from + 2 * MiB, to + 2 * MiB) })],
    [{ short: false, message: /can not be read/ }],
  );
  sparse.close();
});

t.test('a record that says more than any batch is not read', async (t) => {
  const bytes = Buffer.alloc(16 * MiB);
  bytes.writeUInt32BE(9 * MiB, 16);
  t.match([...readRecords(bytes)], [{ short: false, message: /no batch has so many/ }]);
});
