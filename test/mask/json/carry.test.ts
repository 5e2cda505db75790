import t from 'tap';
import { openCarry } from '../../../plugin/mask/json/carry.ts';

t.test('what is held back comes before the next chunk', async (t) => {
  const carry = openCarry();
  const first = carry.join(Buffer.from('abcdef'));
  carry.keep(first, 4);
  t.equal(carry.length, 2);
  const second = carry.join(Buffer.from('gh'));
  t.equal(second.toString(), 'efgh');
  carry.keep(second, 4);
  t.equal(carry.length, 0);
  t.equal(carry.join(Buffer.from('ij')).toString(), 'ij');
});

t.test('what was let go is not overwritten', async (t) => {
  const carry = openCarry();
  carry.keep(carry.join(Buffer.from('ab')), 0);
  const joined = carry.join(Buffer.from('cdef'));
  const letGo = joined.subarray(0, 3);
  carry.keep(joined, 3);
  t.equal(carry.join(Buffer.from('XXXXXXXX')).toString(), 'defXXXXXXXX');
  t.equal(letGo.toString(), 'abc');
});

t.test('a chunk that is held back may be reused by its owner', async (t) => {
  const carry = openCarry();
  const chunk = Buffer.from('abc');
  carry.keep(carry.join(chunk), 0);
  chunk.fill(0);
  t.equal(carry.join(Buffer.from('d')).toString(), 'abcd');
});
