import t from 'tap';
import { remembered } from '../../plugin/policy/remember.ts';

/** A reader of JSON that counts how often it reads. */
function counting() {
  let count = 0;
  const read = remembered((text) => {
    count += 1;
    return JSON.parse(text) as { readonly a: { b: number[] } };
  });
  return { read, count: () => count };
}

t.test('a text is read once, and nobody can change what others get', async (t) => {
  const { read, count } = counting();
  const value = read('{"a":{"b":[1]}}');
  t.equal(read('{"a":{"b":[1]}}'), value);
  t.equal(count(), 1);
  t.throws(() => value.a.b.push(2), TypeError);
  t.throws(() => {
    value.a.b = [];
  }, TypeError);
  t.strictSame(read('{"a":{"b":[1]}}'), { a: { b: [1] } });
});

t.test('what never comes again is not kept', async (t) => {
  const { read, count } = counting();
  const long = `{"a":"${'x'.repeat(5_000)}"}`;
  read(long);
  read(long);
  t.equal(count(), 2);
  read('{"a":0}');
  for (let i = 0; i < 1_000; i++) read(`{"a":[${i}]}`);
  const before = count();
  read('{"a":0}');
  t.equal(count(), before + 1, 'the first was let go of');
});
