import t from 'tap';
import { stringOperand, stringsOperand } from '../../../plugin/policy/builtins/operand.ts';

t.test('only strings are strings', async (t) => {
  t.equal(stringOperand('x'), 'x');
  t.strictSame(stringsOperand(['x', '']), ['x', '']);
  for (const value of [1, null, undefined, ['x'], {}]) t.throws(() => stringOperand(value), TypeError);
  for (const value of ['x', [1], {}, undefined]) t.throws(() => stringsOperand(value), TypeError);
});
