import fc from 'fast-check';
import t from 'tap';
import { openInspect } from '../../../plugin/mask/detect/inspect.ts';
import { detectorNames } from '../../../plugin/mask/detect/table.ts';
import { everywhere, through } from '../through.ts';

const inspect = openInspect(detectorNames.map((detector, mask) => ({ detector, mask })));
const whole = (raw: string, by = inspect) => by(Buffer.from(`"${raw}"`), 1, Buffer.byteLength(raw) + 1);
const spans = (raw: string) => whole(raw).map(({ start, end, text }) => [start, end, text]);

t.test('spans stand where the raw bytes do', async (t) => {
  t.same(spans('é a@b.com, c@d.com'), [
    [3, 10, 'a@b.com'],
    [12, 19, 'c@d.com'],
  ]);
  t.same(spans('x \\u0061@b.com\\n'), [[2, 14, 'a@b.com']]);
  t.same(spans('\\u0031078-05-1120'), [], 'a digit before it makes it a part of something else');
  t.same(spans('\\u00308-05-1120'), []);
  t.same(spans('\\u003078-05-112\\u0030 '), [[0, 21, '078-05-1120']]);
});

t.test('what overlaps is one, and the strictest mask is applied', async (t) => {
  const overlap = openInspect([
    { detector: 'secret', mask: 0 },
    { detector: 'email', mask: 1 },
  ]);
  t.same(whole('AKIAIOSFODNN7EXAMPLE@example.com', overlap), [
    { start: 0, end: 32, mask: 0, text: 'AKIAIOSFODNN7EXAMPLE@example.com' },
  ]);
});

t.test('time is linear in the length of a text, whatever it is made of', async (t) => {
  const units = [
    '@',
    'a@',
    'a@1.',
    '@a.b.c.',
    '4',
    '4 ',
    '4111 ',
    '411-',
    'GB29 ',
    '+1',
    '+1 ',
    '+49 1 ',
    'eyJ.',
    'eyJh',
    '-',
    '-----BEGIN ',
    '-----BEGIN RSA PRIVATE KEY-----',
    '-----BEGIN X-----',
    'AKIA',
    'SG.',
    'sk-ant-',
    '0',
    '\\u0030',
    '\\\\',
  ];
  for (const unit of units) {
    const raw = Buffer.from(unit.repeat(Math.ceil(130_000 / unit.length)));
    const started = performance.now();
    inspect(raw, 0, raw.length);
    t.ok(performance.now() - started < 500, unit);
  }
});

const plan = [
  { detect: [...detectorNames], with: 'redact' },
  { key: 'k', with: 'drop' },
];
const found = [
  ['ada@example.com', 'email'],
  ['4111 1111 1111 1111', 'credit_card'],
  ['DE89 3704 0044 0532 0130 00', 'iban'],
  ['078-05-1120', 'us_ssn'],
  ['+49 30 901820', 'phone'],
  ['AKIAIOSFODNN7EXAMPLE', 'secret'],
] as const;

/** Texts between which nothing can be found, nor be made part of what is. */
const filler = fc.constantFrom(', ', ' é, ', ' "x"\\ ', '\n', ' 😀 ', ' (a) ');
const pieces = fc.array(fc.tuple(filler, fc.option(fc.constantFrom(...found), { freq: 3 })), {
  minLength: 1,
  maxLength: 5,
});
/** A JSON string with some characters escaped that need not be. */
const spelled = (text: string, salt: number) =>
  `"${[...text].map((char, at) => ((at * 7 + salt) % 5 === 0 && char < '\u0080' ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : JSON.stringify(char).slice(1, -1))).join('')}"`;

t.test('in values and names, however spelled and cut, all is found and nothing else changes', async () => {
  fc.assert(
    fc.property(pieces, fc.nat(9), fc.array(fc.nat(), { maxLength: 6 }), (parts, salt, cuts) => {
      const before = parts.map(([fill, one]) => fill + (one?.[0] ?? '')).join('');
      const after = parts.map(([fill, one]) => fill + (one ? `[masked:${one[1]}]` : '')).join('');
      const text = spelled(before, salt);
      const body = `{"k":${text},${text}:[${text},1,{"k":2,"x":${text}}],"k":[${text}]}`;
      const out = through(plan, 'application/json', body);
      const expected = { [after]: [after, 1, { x: after }] };
      return (
        JSON.stringify(JSON.parse(out)) === JSON.stringify(expected) &&
        through(plan, 'application/json', body, cuts) === out &&
        through(plan, 'application/json', body, everywhere(body)) === out
      );
    }),
    { numRuns: 500 },
  );
});

t.test('what is not found leaves byte for byte, escapes and all', async (t) => {
  const body = '{"a\\u0062":"\\u0041\\/ \\ud800 ada@example.com \\u0041\\/"}';
  t.equal(through(plan, 'application/json', body), '{"a\\u0062":"\\u0041\\/ \\ud800 [masked:email] \\u0041\\/"}');
});

t.test('hash and partial are made of the match', async (t) => {
  const of = (mask: object, body: string) =>
    through([{ detect: ['email', 'us_ssn'], ...mask }], 'application/json', body);
  t.equal(of({ with: 'partial', keep_last: 4 }, '"ssn 078-05-1120."'), '"ssn ***-**-1120."');
  const [one, other] = ['"a@b.com"', '"x \\u0061@b.com"'].map((body) => of({ with: 'hash' }, body).slice(-25, -1));
  t.match(one, /^h_[\w-]{22}$/);
  t.equal(one, other);
  t.equal(of({ with: 'redact', token: '"' }, '"a@b.com"'), '"\\""');
});

t.test('a value that a mask selects is left to that mask', async (t) => {
  const both = [
    { key: 'a', with: 'partial', keep_last: 11 },
    { detect: ['email'], with: 'redact' },
  ];
  t.equal(through(both, 'application/json', '{"a":"ada@example.com"}'), '{"a":"**a@example.com"}');
});

t.test('a string that is longer than the window is refused', async (t) => {
  const long = JSON.stringify('x'.repeat(140_000));
  t.throws(() => through(plan, 'application/json', long), { code: 'mask_impossible' });
  t.throws(() => through(plan, 'application/json', `[${long}]`, [70_000]), { code: 'mask_impossible' });
  t.throws(() => through(plan, 'application/json', `[${long}]`), { code: 'mask_impossible' });
});
