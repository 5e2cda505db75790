import { brotliCompressSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import { openBrotli, openZstd } from '../../../plugin/mask/encoding/native.ts';
import type { OpenDecoder } from '../../../plugin/mask/encoding.ts';

function decoded(open: OpenDecoder, bytes: Buffer, size = bytes.length, most = 10_000_000): string {
  const out: Uint8Array[] = [];
  const decoder = open(
    (piece) => out.push(piece),
    () => most,
  );
  for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size));
  decoder.end();
  t.ok(out.every((piece) => piece.length <= 65_536));
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
    ];
    for (const [what, wrong] of refused) t.throws(() => decoded(open, wrong), { code: 'mask_impossible' }, what);
    for (let cut = 1; cut < bytes.length; cut++)
      t.throws(() => decoded(open, bytes.subarray(0, cut), 3), { code: 'mask_impossible' }, `cut at ${cut}`);
  });

t.test('what a chunk decodes to is there when it was pushed, whatever else comes', async (t) => {
  for (const [open, compress] of [
    [openBrotli, brotliCompressSync],
    [openZstd, zstdCompressSync],
  ] as const) {
    let length = 0;
    const noise = Array.from({ length: 60_000 }, (_, at) => `${at * 7_919}`).join(' ');
    const bytes = compress(noise);
    const decoder = open(
      (piece) => {
        length += piece.length;
      },
      () => 10_000_000,
    );
    decoder.push(bytes.subarray(0, bytes.length - 100));
    t.ok(length > noise.length / 2);
    decoder.push(bytes.subarray(bytes.length - 100));
    decoder.end();
    t.equal(length, noise.length);
  }
});

t.test('a bomb is stopped while it is decoded, not afterwards', async (t) => {
  for (const [open, compress] of [
    [openBrotli, brotliCompressSync],
    [openZstd, zstdCompressSync],
  ] as const) {
    let length = 0;
    const decoder = open(
      (piece) => {
        length += piece.length;
        if (length > 1_000_000) throw new Error('enough');
      },
      () => 1_000_000,
    );
    t.throws(() => decoder.push(compress(Buffer.alloc(50_000_000))), /enough/);
    t.ok(length < 1_100_000);
  }
});

t.test('zstd frames follow each other', async (t) => {
  const three = Buffer.concat(['one ', 'two ', 'three'].map((text) => zstdCompressSync(text)));
  for (const size of [1, 2, 5, 20]) t.equal(decoded(openZstd, three, size), 'one two three');
  t.equal(decoded(openZstd, Buffer.concat([zstdCompressSync('one '), zstdCompressSync('two')])), 'one two');
});
