import t from 'tap';
import { readTerm } from '../../../plugin/policy/builtins/term.ts';

const cases: readonly (readonly [source: string, text: string])[] = [
  ['{3,1,2}', '{1, 2, 3}'],
  ['set()', 'set()'],
  ['{}', '{}'],
  ['{"b":[1,{"x"}],"a":null}', '{"a": null, "b": [1, {"x"}]}'],
  ['{10,9,"a",true,null}', '{null, true, 9, 10, "a"}'],
  ['[-1.5e3, "],{:\\""]', '[-1.5e3, "],{:\\""]'],
  ['{1:2}', '{1: 2}'],
];
for (const [source, text] of cases) t.test(source, async (t) => t.equal(readTerm(source).text, text));

t.test('anything else is refused', async (t) => {
  for (const source of ['', '{', '[1', '[1 2]', 'x', '"a']) t.throws(() => readTerm(source), TypeError);
});
