import fc from 'fast-check';
import t from 'tap';
import { everywhere, through } from './through.ts';

const type = 'application/x-ndjson';
const plan = [
  { path: '$.ssn', with: 'redact' },
  { key: 'pw', with: 'drop' },
];
const lines = (body: string | Uint8Array, cuts: readonly number[] = []) => through(plan, type, body, cuts);

const rewrites: readonly [name: string, body: string, expected: string][] = [
  ['nothing at all', '', ''],
  ['a line', '{"ssn":1}\n', '{"ssn":"[masked:ssn]"}\n'],
  ['no line feed at the end', '{"a":1}\n{"ssn":1}', '{"a":1}\n{"ssn":"[masked:ssn]"}'],
  ['CRLF and blank lines', '{"ssn":1}\r\n\r\n \n{"pw":1}\r\n', '{"ssn":"[masked:ssn]"}\r\n\r\n \n{}\r\n'],
  ['numbers', '1\n2\n-3.5', '1\n2\n-3.5'],
  ['a path starts anew in each line', '{"x":1}\n"ssn"\n{"ssn":2}\n', '{"x":1}\n"ssn"\n{"ssn":"[masked:ssn]"}\n'],
];
for (const [name, body, expected] of rewrites)
  t.test(name, async (t) => {
    t.equal(lines(body), expected);
    t.equal(lines(body, everywhere(body)), expected);
    for (const cut of everywhere(body)) if (lines(body, [cut]) !== expected) t.fail(`cut at ${cut}`);
  });

const refused: readonly [name: string, body: string][] = [
  ['a text over two lines', '{"a":\n{"ssn":1}\n}\n'],
  ['two texts in a line', '{} {}\n'],
  ['a line that is no JSON', '{}\nhello\n'],
  ['a line that is cut', '{}\n{"a":"b'],
  ["a cut text at a line's end", '{}\n{"a":1\n'],
  ['a byte order mark within', '{}\n\ufeff{}\n'],
  ['a record separator', '\u001e{}\n'],
];
for (const [name, body] of refused)
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => lines(body), { code: 'mask_impossible' });
    t.throws(() => lines(body, everywhere(body)), { code: 'mask_impossible' });
  });

const text = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '{"ssn":{"a":[1]},"b":"\\n"}',
    '[{"pw":1},{"pw":2}]',
    '{"pw":"é","ssn":"\\u0031"}',
    '-0.5e1',
    '  ',
    '',
  ),
);
t.test('each line is rewritten as a body of its own would be, however the bytes are cut', async () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 8 }), (texts, cuts) => {
      const body = texts.join('\n');
      const alone = (one: string) => (one.trim() === '' ? one : through(plan, 'application/json', one));
      const expected = texts.map(alone).join('\n');
      return lines(body) === expected && lines(body, cuts) === expected && lines(body, everywhere(body)) === expected;
    }),
    { numRuns: 1_000 },
  );
});
