import t from 'tap';
import { goJson, marshal } from '../../../plugin/policy/builtins/marshal.ts';
import { readTerm } from '../../../plugin/policy/builtins/term.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';

t.test('json.marshal_with_options agrees with opa', { skip: withoutOpa }, async (t) => {
  const values = [
    '[]',
    '{}',
    'null',
    '"a"',
    '[1, [], {"b": {"a": [true]}}]',
    '{"<&>": "é\\u2028😀\\u0001\\\\"}',
    '{3, 1, 2}',
  ];
  const options = ['{}', '{"pretty": true}', '{"pretty": false, "indent": "x"}', '{"prefix": "> ", "indent": "é"}'];
  const wrong = [{ pretty: 1 }, { prefix: 1 }, { indent: null }, { other: true }, 'pretty', {}];
  await agreesWithOpa(
    t,
    [
      ...values.flatMap((value) => options.map((option) => `json.marshal_with_options(${value}, ${option})`)),
      'json.marshal_with_options({1: 2, [1, "<"]: 3, "b": {"x"}, null: 4}, {"indent": " "})',
      'json.marshal_with_options([12345678901234567890, 0.1, 1e3], {})',
      ...wrong.map((_, i) => `json.marshal_with_options([1], input.wrong[${i}])`),
    ],
    { wrong },
  );
});

t.test('white space is paid for before it is made', (t) => {
  const deep = `${'['.repeat(300)}${']'.repeat(300)}`;
  let left = 1e6;
  const charge = (steps: number) => {
    left -= steps;
    if (left < 0) throw new RangeError('no steps left');
  };
  const args = [null, { indent: ' '.repeat(100_000) }];
  t.throws(() => marshal['json.marshal_with_options'](args, { ...context, charge, rego: () => deep }), /no steps/);
  t.end();
});

t.test('of keys that have one name, one member is left', (t) => {
  t.equal(goJson(readTerm('{1: 2, "1": 3}')), '{"1":3}');
  t.end();
});
