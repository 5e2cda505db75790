import fc from 'fast-check';
import t from 'tap';
import { frame, headerBytes, readHeader, readRecord, segmentHeader } from '../../plugin/audit/segment.ts';

const record = { statement: Buffer.from('{}'), signature: Buffer.from('sig'), entries: [Buffer.from('one')] };

t.test('a record has the documented bytes', async (t) => {
  const payload = Buffer.concat([
    Buffer.from([1]),
    Buffer.from([0, 0, 0, 2]),
    Buffer.from('{}'),
    Buffer.from([0, 3]),
    Buffer.from('sig'),
    Buffer.from([0, 1]),
    Buffer.from([0, 0, 0, 3]),
    Buffer.from('one'),
  ]);
  const bytes = frame(record);
  t.equal(bytes.readUInt32BE(0), payload.length);
  t.ok(bytes.subarray(8).equals(payload));
  // CRC-32 (ISO 3309) over length and payload, as `cksum -a crc32b` prints it.
  t.equal(bytes.readUInt32BE(4), crc32(Buffer.concat([bytes.subarray(0, 4), payload])));
});

t.test('what was framed is read back, wherever it stands', async () => {
  const bytes = fc.uint8Array({ maxLength: 50 }).map((it) => Buffer.from(it));
  fc.assert(
    fc.property(
      fc.record({ statement: bytes, signature: bytes, entries: fc.array(bytes, { maxLength: 5 }) }),
      fc.nat(20),
      (made, offset) => {
        const framed = frame(made);
        const found = readRecord(Buffer.concat([Buffer.alloc(offset), framed, Buffer.from('x')]), offset);
        if (found === null || found.end !== offset + framed.length) return false;
        return frame(found.record).equals(framed);
      },
    ),
  );
});

t.test('a record is framed in the memory that is given, where it fits', async (t) => {
  const expected = frame(record);
  for (const bytes of [0, expected.length - 1, expected.length, 200]) {
    const memory = Buffer.alloc(bytes, 0xff);
    const framed = frame(record, memory);
    t.ok(framed.equals(expected), `${bytes} bytes`);
    t.equal(framed.buffer === memory.buffer, bytes >= expected.length);
  }
});

t.test('a record that is cut or changed anywhere is none', async (t) => {
  const bytes = frame(record);
  for (let end = 0; end < bytes.length; end += 1)
    if (readRecord(bytes.subarray(0, end), 0) !== null) t.fail(`cut at ${end}`);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    if (readRecord(changed, 0) !== null) t.fail(`byte ${at}`);
  }
});

t.test('a header names the first batch, and nothing else is one', async (t) => {
  t.equal(headerBytes, segmentHeader(0).length);
  t.equal(readHeader(segmentHeader(2 ** 40)), 2 ** 40);
  t.equal(readHeader(segmentHeader(1).subarray(0, 15)), null);
  t.equal(readHeader(Buffer.from('CSAUDIT2\0\0\0\0\0\0\0\0')), null);
});

/** Bit by bit, so that the oracle is not the function under test. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
