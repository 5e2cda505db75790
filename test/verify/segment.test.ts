import t from 'tap';
import { readHeader, readRecords } from '../../plugin/verify/segment.ts';
import { segmentBytes } from './forger.ts';

const payload = (count: number, entries: readonly string[]): Buffer =>
  Buffer.from(
    `01 00000002 7b7d 0001 30 ${count.toString(16).padStart(4, '0')} ${entries
      .map((entry) => entry.length.toString(16).padStart(8, '0') + Buffer.from(entry).toString('hex'))
      .join('')}`.replaceAll(' ', ''),
    'hex',
  );

t.test('a record is read as it was framed', async (t) => {
  const bytes = segmentBytes(7, [payload(2, ['one', 'two']), payload(0, [])]);
  t.equal(readHeader(bytes), 7n);
  const records = [...readRecords(bytes)];
  t.match(records, [
    { offset: 16, intact: true },
    { intact: true, entries: [] },
  ]);
  const [first] = records;
  if (first === undefined || 'message' in first) return t.fail('no record');
  t.equal(first.statement.toString(), '{}');
  t.equal(first.signature.toString(), '0');
  t.same(first.entries.map(String), ['one', 'two']);
});

t.test('what is no record is damage, and says whether the file merely ends', async (t) => {
  const good = segmentBytes(0, [payload(1, ['one'])]);
  for (let end = 0; end < 16; end += 1) t.match(readHeader(good.subarray(0, end)), { short: true });
  t.match(readHeader(Buffer.from('CSAUDIT2\0\0\0\0\0\0\0\0')), { short: false });
  for (let end = 17; end < good.length; end += 1)
    t.match([...readRecords(good.subarray(0, end))], [{ offset: 16, short: true }], `cut at ${end}`);
  for (const wrong of [payload(2, ['one']), payload(0, ['one']), Buffer.from([2]), Buffer.from([1]), Buffer.alloc(0)])
    t.match([...readRecords(segmentBytes(0, [wrong]))], [{ offset: 16, short: false }]);
  const flipped = Buffer.from(good);
  flipped.writeUInt8(good.readUInt8(good.length - 1) ^ 1, good.length - 1);
  t.match([...readRecords(flipped)], [{ intact: false }]);
});
