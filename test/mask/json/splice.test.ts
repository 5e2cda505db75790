import t from 'tap';
import { openSplice } from '../../../plugin/mask/json/splice.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

t.test('what is kept whole is a view of the input', async (t) => {
  const splice = openSplice();
  const bytes = Buffer.from('0123456789');
  splice.begin(bytes);
  splice.keep(4);
  const kept = splice.take(8);
  t.equal(text(kept), '01234567');
  t.equal(kept.buffer, bytes.buffer);
  t.equal(kept.byteOffset, bytes.byteOffset);
});

t.test('a stretch left out at the front or the end needs no copy', async (t) => {
  const splice = openSplice();
  const bytes = Buffer.from('0123456789');
  splice.begin(bytes);
  splice.skip(4);
  t.equal(splice.take(10).byteOffset, bytes.byteOffset + 4);
});

t.test('what is put in stands where it was put', async (t) => {
  const splice = openSplice();
  for (const long of ['-', 'x'.repeat(1_000)]) {
    splice.begin(Buffer.from('0123456789'));
    splice.keep(2);
    splice.put(Buffer.from(long));
    splice.skip(5);
    splice.keep(7);
    splice.skip(8);
    splice.put(Buffer.from('+'));
    t.equal(text(splice.take(10)), `01${long}56+89`);
  }
});

t.test('chunks are independent', async (t) => {
  const splice = openSplice();
  splice.begin(Buffer.from('abc'));
  splice.put(Buffer.from('x'));
  const first = splice.take(3);
  splice.begin(Buffer.from('def'));
  splice.put(Buffer.from('y'));
  t.equal(text(splice.take(2)), 'yde');
  t.equal(text(first), 'xabc');
});
