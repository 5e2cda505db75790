import t from 'tap';
import { object } from '../../../plugin/policy/builtins/object.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';

t.test('subsets agree with opa', { skip: withoutOpa }, async (t) => {
  const pairs: readonly (readonly [whole: string, part: string])[] = [
    ['{"a": 1, "b": {"c": [1, 2, 3]}}', '{"b": {"c": [2, 3]}}'],
    ['{"a": 1}', '{"a": 2}'],
    ['{"a": 1}', '{"b": 1}'],
    ['{"a": {1, 2}}', '{"a": {2}}'],
    ['{"a": [1, 2]}', '{"a": {2}}'],
    ['{1, 2, 3}', '{3, 1}'],
    ['{1, 2}', 'set()'],
    ['{1, 2}', '{4}'],
    ['[1, 2, 3, 4]', '[2, 3]'],
    ['[1, 2, 3, 4]', '[2, 4]'],
    ['[1, 2, 3]', '{3, 1}'],
    ['{"a": "x, y: {z}"}', '{"a": "x, y: {z}"}'],
    ['input.set', '[1]'],
  ];
  await agreesWithOpa(
    t,
    pairs.map(([whole, part]) => `object.subset(${whole}, ${part})`),
    { set: { a: 1 } },
  );
});

t.test('two of different kinds are not compared', async (t) => {
  const rego = (argument: number) => ['{"a": 1}', '[1]'][argument] ?? '';
  t.throws(() => object['object.subset']([], { ...context, rego }), TypeError);
});
