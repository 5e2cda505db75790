import t from 'tap';
import { yaml } from '../../../plugin/policy/builtins/yaml.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';

const texts = [
  '',
  '# nothing',
  'a: 1',
  'a: [1, {b: c}, "d", \'e\', ~]\nf:\n- g\n- h: i\n',
  'yes: no\non: off\ny: n\ntrue: True\na: ~\n1: 2\n1.5: 3\n',
  '- 0x1F\n- 0o17\n- +5\n- -7\n- .5\n- 1e3\n- 1_000\n- 12345678901234567890\n- 123456789012345678901234567890\n',
  '- .inf\n',
  '- .nan\n',
  '- 2023-01-01\n- 2023-01-01T00:00:00Z\n- 12:30:45\n',
  'a: |\n  x\n  y\nb: >\n  x\n  y\nc: |-\n  z\nd: "\\u00e9\\x41\\n"\n',
  'a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\nf: {b: 3, <<: *x}\n',
  'a: &x {b: 1}\nb: &y {b: 2, c: 3}\nd: {<<: [*x, *y]}\n',
  'a: &x {b: 1}\nb: &y {b: 2, c: 3}\nd:\n  <<: *x\n  <<: *y\n',
  '~: a',
  '1_0: a\n.5: b\n0x10: c\n',
  'd: {<<: 1}',
  'a: &x [1]\nb: {<<: *x}\n',
  '- 0777\n- 09\n- -0b11\n- 0x\n- 1__0.5\n- 1e\n- +.e1\n- 0o8\n- -\n- .\n- 1.\n- 0_x1\n- "1_0"\n',
  'a: *nothing',
  'a: 1\na: 2\n',
  '1: a\n"1": b\n',
  '[a]: b',
  'a: 1\n---\nb: 2\n',
  'a: 1\n---\nb: [\n',
  '  a:\nb: 1',
  '{"json": "ok"}',
  'a: b: c',
  '@',
  '\ta: 1',
  '!!str 1',
  '!mine a',
  '"a',
  '[1,2,3',
  'é: 😀',
  '? a\n: b\n',
  '- a\n-b\n',
];

t.test('what is read agrees with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [
      ...texts.flatMap((_, i) => [`yaml.unmarshal(input.texts[${i}])`, `yaml.is_valid(input.texts[${i}])`]),
      'yaml.is_valid(input.texts)',
    ],
    { texts },
  );
});

t.test('what is written agrees with opa', { skip: withoutOpa }, async (t) => {
  const values = [
    '[{"foo": {1, 2, 3}}]',
    '{"a10": 1, "a9": {}, "a": [], "b": [[1, [2]], {"c": null, "d": true}], "1": "x", "": "y", "Z": "z", "é": 1.5}',
    '{"a": "b c", "long": "aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccc ddddddddddddddddd eeeeeeee"}',
    '{1: 2, [1, {2}]: 3, null: 4}',
    '[12345678901234567890, 0.1, -3]',
    '"text"',
    '[]',
    '["1_0", "12:30:45", "1:2", "a\\tb", " a", "a ", "\\u0001", "*a", "&a", "!a", "a#b", "a #b", "@a", "%a", "a:", ":a", "? a", "{a", "[a", "a,b", ",", "\\"", "it\'s", "\\u00e9", "-", "On", "NULL", ".inf"]',
    '{"lines": "a\\nb\\n", "open": "a\\nb"}',
    '["yes", "no", "y", "true", "null", "1", "1.5", "0x1", "", "~", "- a", "a: b", "#", "2023-01-01"]',
  ];
  await agreesWithOpa(
    t,
    values.map((value) => `yaml.marshal(${value})`),
  );
});

t.test('aliases that grow and texts that are long are paid for', (t) => {
  let left = 1e7;
  const charge = (steps: number) => {
    left -= steps;
    if (left < 0) throw new RangeError('no steps left');
  };
  const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]\n`);
  const bomb = `a0: &a0 xxxxxxxxxx\n${levels.join('')}`;
  t.throws(() => yaml['yaml.unmarshal']([bomb], { ...context, charge }), /no steps/);
  left = 1e7;
  t.throws(() => yaml['yaml.unmarshal'](['a'.repeat(100_000)], { ...context, charge }), /no steps/);
  t.end();
});
