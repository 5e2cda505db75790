import fc from 'fast-check';
import t from 'tap';
import { everywhere, through } from './through.ts';

const json = (plan: unknown, body: string, cuts: readonly number[] = []) =>
  through(plan, 'application/json', body, cuts);
const key = [{ key: 'ssn', with: 'redact' }];
const detect = [{ detect: ['email'], with: 'redact' }];
const wrap = (value: unknown, times: number): unknown =>
  times === 0 ? value : wrap(JSON.stringify({ a: value }), times - 1);
const base64 = (text: string) => Buffer.from(text).toString('base64');

t.test('names and kinds of content reach JSON within a string, four deep', async (t) => {
  for (let times = 0; times <= 4; times++) {
    const body = JSON.stringify({ text: wrap({ ssn: '1', mail: 'ada@example.com' }, times), b: 1 });
    const expected = { ssn: '[masked:ssn]', mail: '[masked:email]' };
    for (const cuts of [[], everywhere(body)])
      t.equal(json([...key, ...detect], body, cuts), JSON.stringify({ text: wrap(expected, times), b: 1 }));
  }
  const five = JSON.stringify({ text: wrap({ x: 1 }, 5) });
  t.throws(() => json(key, five), { code: 'mask_impossible' });
});

t.test('however the inner JSON is spelled', async (t) => {
  for (const inner of [
    '{"ssn":"zzz"}',
    ' \r\n\t{"ssn":"zzz"}',
    '[[{"\\u0073sn":"zzz"}]]',
    '"{\\"ssn\\":\\"zzz\\"}"',
    base64('{"ssn":"zzz"}'),
    base64('[{"ssn":"zzz"}]').replace(/=+$/, ''),
    Buffer.from('{"ssn":"zzz>>>???"}').toString('base64url'),
    `${base64('{"ssn":"zzz"}')}\n`,
    base64('{"ssn":"zzz","b":1}').replace(/.{8}/g, '$&\r\n'),
  ])
    for (const spelled of [
      JSON.stringify(inner),
      `"${[...inner].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
    ])
      t.notMatch(json(key, `{"text":${spelled}}`), /zzz|enp6/, spelled);
});

t.test('base64 stays base64', async (t) => {
  const text = base64('Dear ada@example.com, hello');
  const masked = JSON.parse(json(detect, JSON.stringify({ text })));
  t.equal(Buffer.from(masked.text, 'base64').toString(), 'Dear [masked:email], hello');
  t.equal(
    json(detect, JSON.stringify({ text: base64('Dear all, hello and more') })),
    JSON.stringify({ text: base64('Dear all, hello and more') }),
  );
});

t.test('what only looks like it stays as it is', async (t) => {
  for (const text of [
    '{',
    '[not json',
    '{"a":',
    'internationalization',
    'eyJhbGciOi',
    '"',
    '\\',
    'https://example.com/eyJ',
    'W',
    '[1] ssn',
  ])
    t.equal(json([...key, ...detect], JSON.stringify({ text })), JSON.stringify({ text }));
});

t.test('a path does not begin within a string', async (t) => {
  const body = JSON.stringify({ text: '{"ssn":"1"}', ssn: 2 });
  t.equal(
    json(
      [
        { path: '$.ssn', with: 'redact' },
        { key: 'none', with: 'drop' },
      ],
      body,
    ),
    '{"text":"{\\"ssn\\":\\"1\\"}","ssn":"[masked:ssn]"}',
  );
});

t.test('JSON in a string that can not be written as it was is an error', async (t) => {
  t.throws(() => json(key, '{"text":"{\\"a\\":\\"\ud800\\",\\"ssn\\":1}"}'.replace('\ud800', '\\ud800')), {
    code: 'mask_impossible',
  });
});

t.test('a string that may hold JSON is held back, and any other is not', async (t) => {
  t.throws(() => json(key, `{"a":"{${' '.repeat(200_000)}"}`, [1_000, 150_000]), { code: 'mask_impossible' });
  const long = `{"a":"x${'{'.repeat(200_000)}"}`;
  t.equal(json(key, long, [1_000, 150_000]), long);
});

t.test('no value of a masked name survives, wherever it is nested', async () => {
  const secret = 'zebra-stripes';
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(1, 'plain', { ssn: secret }, [{ ssn: [secret] }]),
      fc.array(tie('node'), { maxLength: 2 }),
      tie('node').map((inner) => JSON.stringify(inner)),
      tie('node').map((inner) => base64(JSON.stringify({ inner }))),
      tie('node').map((inner) => ({ inner })),
    ),
  })).node;
  const seen = (text: string): boolean =>
    text.includes(secret) ||
    [...text.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].some(([one]) => seen(Buffer.from(one, 'base64').toString()));
  fc.assert(
    fc.property(value, fc.array(fc.nat(), { maxLength: 4 }), (one, cuts) => {
      try {
        return !seen(json(key, JSON.stringify(one), cuts));
      } catch {
        return true;
      }
    }),
    { numRuns: 500 },
  );
});
