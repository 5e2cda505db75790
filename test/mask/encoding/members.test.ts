import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { openDeflate, openGzip } from '../../../plugin/mask/encoding/members.ts';
import type { OpenDecoder } from '../../../plugin/mask/encoding.ts';

function decoded(open: OpenDecoder, bytes: Buffer, size = bytes.length): string {
  const out: Uint8Array[] = [];
  const decoder = open(
    (piece) => out.push(piece),
    () => Number.POSITIVE_INFINITY,
  );
  for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size));
  decoder.end();
  return Buffer.concat(out).toString();
}

/** A member with the optional parts of a header: extra field, name, comment, checksum (RFC 1952 section 2.3). */
function member(text: string, flags: number): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]);
  const parts = [
    flags & 4 ? Buffer.from([3, 0, 1, 0, 2]) : Buffer.alloc(0),
    flags & 8 ? Buffer.from('name\0') : Buffer.alloc(0),
    flags & 16 ? Buffer.from('comment\0') : Buffer.alloc(0),
    flags & 2 ? Buffer.from([1, 2]) : Buffer.alloc(0),
  ];
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(text));
  tail.writeUInt32LE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, ...parts, deflateRawSync(text), tail]);
}

t.test('gzip with every kind of header, and many members, in any pieces', async (t) => {
  for (let flags = 0; flags < 32; flags++) t.equal(decoded(openGzip, member('héllo', flags), 1), 'héllo');
  const many = Buffer.concat([gzipSync('one '), gzipSync(''), member('two', 28), gzipSync(' three')]);
  for (const size of [1, 7, many.length]) t.equal(decoded(openGzip, many, size), 'one two three');
});

t.test('deflate is zlib', async (t) => {
  const text = 'Ada '.repeat(40_000);
  for (const size of [1, 100, 1_000_000]) t.equal(decoded(openDeflate, deflateSync(text), size), text);
});

const whole = gzipSync('hello');
const flipped = (bytes: Buffer, at: number) => Buffer.from(bytes).fill((bytes.at(at) ?? 0) ^ 1, at, at + 1);
const refused: readonly (readonly [what: string, open: OpenDecoder, bytes: Buffer])[] = [
  ['nothing', openGzip, Buffer.alloc(0)],
  ['a cut head', openGzip, whole.subarray(0, 5)],
  ['a cut content', openGzip, whole.subarray(0, 12)],
  ['a cut tail', openGzip, whole.subarray(0, -1)],
  ['a wrong checksum', openGzip, flipped(whole, whole.length - 8)],
  ['a wrong length', openGzip, flipped(whole, whole.length - 4)],
  ['zeros behind', openGzip, Buffer.concat([whole, Buffer.alloc(4)])],
  ['text behind', openGzip, Buffer.concat([whole, Buffer.from('{"ssn":"078-05-1120"}')])],
  ['a second member that is cut', openGzip, Buffer.concat([whole, whole.subarray(0, -3)])],
  ['another method', openGzip, flipped(whole, 2)],
  ['a reserved flag', openGzip, Buffer.from([0x1f, 0x8b, 8, 0x20, 0, 0, 0, 0, 0, 3])],
  [
    'a head without end',
    openGzip,
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(5_000, 'x')]),
  ],
  ['raw deflate', openDeflate, deflateRawSync('hello')],
  ['a wrong zlib checksum', openDeflate, flipped(deflateSync('hello'), 12)],
  ['two zlib streams', openDeflate, Buffer.concat([deflateSync('a'), deflateSync('b')])],
  ['a preset dictionary', openDeflate, deflateSync('hello', { dictionary: Buffer.from('hello') })],
];
for (const [what, open, bytes] of refused)
  t.test(`refused: ${what}`, async (t) => {
    t.throws(() => decoded(open, bytes), { code: 'mask_impossible' });
    t.throws(() => decoded(open, bytes, 1), { code: 'mask_impossible' });
  });
