import t from 'tap';
import { huffman } from '../../../plugin/mask/encoding/huffman.ts';

const code = (lengths: readonly number[], single = false) => huffman(Uint8Array.from(lengths), single);

t.test('the code of RFC 1951 section 3.2.2', async (t) => {
  const made = code([3, 3, 3, 3, 3, 2, 4, 4]);
  t.same([...(made?.symbols ?? [])], [5, 0, 1, 2, 3, 4, 6, 7]);
  t.same([...(made?.count ?? [])].slice(0, 5), [0, 0, 1, 5, 2]);
  t.equal(made?.fast[0], (5 << 4) | 2, 'F is 00');
  t.equal(made?.fast[0b1111], (7 << 4) | 4, 'H is 1111');
  t.equal(made?.fast[0b010], (0 << 4) | 3, 'A is 010');
});

t.test('what is no code', async (t) => {
  t.equal(code([1, 1, 1]), null, 'more codes than room');
  t.equal(code([2, 2, 2]), null, 'room left');
  t.equal(code([1]), null, 'room left by one');
  t.ok(code([0, 1], true), 'one symbol, where zlib allows it');
  t.equal(code([0, 2], true), null);
  t.ok(code([0, 0]), 'no symbols at all: each is an error where it is used');
});
