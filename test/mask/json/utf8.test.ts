import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import t from 'tap';
import { openUtf8Check } from '../../../plugin/mask/json/utf8.ts';

function accepts(bytes: Uint8Array, size: number): boolean {
  const check = openUtf8Check();
  try {
    for (let i = 0; i < bytes.length; i += size) check.push(bytes.subarray(i, i + size));
    check.end();
    return true;
  } catch {
    return false;
  }
}

t.test('chunks are UTF-8 when the whole is', async () => {
  const text = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text.toWellFormed()));
  const noise = fc.array(
    fc.constantFrom(0x22, 0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xa0, 0xf0, 0x90, 0xf4, 0xf8, 0xff),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        noise.map((bytes) => Buffer.from(bytes)),
      ),
      fc.integer({ min: 1, max: 5 }),
      (bytes, size) => {
        return accepts(bytes, size) === isUtf8(bytes);
      },
    ),
    { numRuns: 3_000 },
  );
});

t.test('a quote in place of a continuation is refused with its own chunk', async (t) => {
  const check = openUtf8Check();
  check.push(Buffer.from([0xe2]));
  t.throws(() => check.push(Buffer.from('"')), { code: 'mask_impossible' });
});
