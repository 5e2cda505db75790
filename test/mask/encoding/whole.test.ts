import { brotliCompressSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import { openBrotli, openZstd } from '../../../plugin/mask/encoding/whole.ts';
import type { OpenDecoder } from '../../../plugin/mask/encoding.ts';

function decoded(open: OpenDecoder, bytes: Buffer, size = bytes.length, most = 10_000_000): string {
  const out: Uint8Array[] = [];
  const decoder = open(
    (piece) => out.push(piece),
    () => most,
  );
  for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size));
  decoder.end();
  return Buffer.concat(out).toString();
}

for (const [name, open, compress] of [
  ['br', openBrotli, brotliCompressSync],
  ['zstd', openZstd, zstdCompressSync],
] as const)
  t.test(name, async (t) => {
    const text = 'héllo '.repeat(1_000);
    const bytes = compress(text);
    t.equal(decoded(open, bytes), text);
    t.equal(decoded(open, bytes, 1), text);
    const refused: readonly (readonly [string, Buffer])[] = [
      ['nothing', Buffer.alloc(0)],
      ['cut', bytes.subarray(0, -1)],
      ['something behind', Buffer.concat([bytes, Buffer.from('{"ssn":1}')])],
      ['text', Buffer.from('{"ssn":"078-05-1120"}')],
      ['more than is collected', Buffer.alloc(1_100_000)],
    ];
    for (const [what, wrong] of refused) t.throws(() => decoded(open, wrong), { code: 'mask_impossible' }, what);
    t.throws(() => decoded(open, bytes, 5, 1_000), { code: 'mask_impossible' }, 'longer than it may be');
  });

t.test('zstd frames follow each other', async (t) => {
  t.equal(decoded(openZstd, Buffer.concat([zstdCompressSync('one '), zstdCompressSync('two')])), 'one two');
});
