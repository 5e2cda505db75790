import fc from 'fast-check';
import t from 'tap';
import { readSize, writeSize } from '../../plugin/policy/leb.ts';

t.test('every size reads back as it was written', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (size) => {
      const bytes = Uint8Array.from([7, ...writeSize(size), 7]);
      const [value, next] = readSize(bytes, 1);
      return value === size && next === bytes.length - 1;
    }),
  );
});

t.test('a number without an end, or of more than 32 bits, is refused', async (t) => {
  t.throws(() => readSize(Uint8Array.of(0x80), 0), RangeError);
  t.throws(() => readSize(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 1), 0), RangeError);
});
