import fc from 'fast-check';
import t from 'tap';
import { readYaml } from '../../../../plugin/policy/builtins/yaml/read.ts';
import { naturally, writeYaml } from '../../../../plugin/policy/builtins/yaml/write.ts';
import type { Json } from '../../../../plugin/request.ts';

t.test('what is written is read as the same', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[-+.0-9_xobe:~<>#&*!|%@`"' \n\tyn]{0,8}$/),
    fc.constantFrom('yes', 'No', 'ON', 'null', '~', '<<', 'true', '2023-01-01', '1:2', '---', '...', '__proto__'),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.constantFrom(null, true, false),
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (one) => {
      const again = readYaml(writeYaml(one as Json), () => {});
      t.strictSame(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(one)));
    }),
    { numRuns: 500 },
  );
});

t.test('lines that begin or end with white space are read as they were', async (t) => {
  for (const text of [
    ' \n.',
    '\n a',
    'a\n \nb',
    'a \nb',
    '\n',
    ' \n',
    'a\n\n',
    '\ta\nb',
    'a\r\nb',
    '- a\n---\nb',
    '...\na',
  ])
    for (const one of [text, [text], { a: text }, { [text]: [text] }])
      t.strictSame(JSON.parse(JSON.stringify(readYaml(writeYaml(one), () => {}))), one);
});

t.test('keys are sorted as people do', async (t) => {
  const sorted = ['', '1', '2', '10', 'A', 'a', 'a1', 'a01', 'a2', 'a10', 'a10b', 'a10c', 'ab', 'b', 'é'];
  t.strictSame([...sorted].reverse().sort(naturally), sorted);
});
