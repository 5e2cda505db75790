import fc from 'fast-check';
import t from 'tap';
import { compilePlan } from '../../../plugin/mask/compile.ts';
import { operationsOf } from '../../../plugin/mask/operators.ts';
import { parsePlan } from '../../../plugin/mask/plan.ts';
import { holdFrom, openScan } from '../../../plugin/mask/text/scan.ts';

const plan = compilePlan(
  parsePlan([
    { detect: ['email', 'credit_card', 'iban', 'us_ssn', 'phone', 'jwt', 'private_key', 'secret'], with: 'redact' },
    { pattern: '\\bX[0-9]{2,5}\\b|Zoë', with: 'redact', rule: 'p' },
  ]),
);

function scan(pieces: readonly (string | Uint8Array)[]): string {
  const work = { plan, operations: operationsOf(plan, {}), hit() {}, path: null, depth: 0 };
  const scan = openScan({ ...work, media: { type: '', parameters: new Map() } });
  const out = pieces.map((piece) => Buffer.from(scan.push(Buffer.from(piece as string))));
  return Buffer.concat([...out, scan.end()]).toString('utf8');
}

/** The oracle: all matches in the whole text, replaced. */
function whole(text: string): string {
  const bytes = Buffer.from(text);
  let out = '';
  let done = 0;
  for (const { start, end, mask } of plan.search?.text(bytes) ?? []) {
    out += bytes.toString('utf8', done, start) + plan.masks[mask]?.token;
    done = end;
  }
  return out + bytes.toString('utf8', done);
}

const jwt = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from('{"sub":"1"}').toString('base64url')}.c2ln`;
const words = fc.constantFrom(
  ...[
    'ada@example.com',
    '@',
    'a@b',
    '4111 1111 1111 1111',
    '4111111111111111',
    '1',
    '-',
    'DE89 3704 0044 0532 0130 00',
  ],
  ...[
    '078-05-1120',
    '+49 30 901820',
    jwt,
    'eyJ',
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY-----',
    '-----BEGIN ',
  ],
  ...['AKIAIOSFODNN7EXAMPLE', 'X123', 'X', '99', 'Zoë', 'Zo', 'ë', ' ', '\n', '. ', 'lorem', 'é', '😀'],
);

t.test('a text in pieces is masked as it would be whole, whatever the pieces', async () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 14 }), fc.array(fc.nat(), { maxLength: 9 }), (parts, cuts) => {
      const text = parts.join('');
      const bytes = Buffer.from(text);
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, i) => bytes.subarray(places[i], place));
      const expected = whole(text);
      return scan(pieces) === expected && scan([...bytes].map((byte) => Buffer.of(byte))) === expected;
    }),
    { numRuns: 500 },
  );
});

t.test('what can be the beginning of a match is held back, and nothing else', async (t) => {
  const word = { most: 10, breaks: 'space', starts: null } as const;
  t.equal(holdFrom(Buffer.from('ab cd'), 0, word), 3);
  t.equal(holdFrom(Buffer.from('ab cd '), 0, word), 6);
  t.equal(holdFrom(Buffer.from('abcdefghijklmn'), 0, word), 4);
  const prefix = { most: 12, breaks: null, starts: Buffer.from('ACME-') };
  for (const [text, hold] of [
    ['x ACME-12', 2],
    ['x ACME', 2],
    ['x AC', 2],
    ['x AX', 4],
    ['ACME-1 and much more', 20],
  ] as const)
    t.equal(holdFrom(Buffer.from(text), 0, prefix), hold, text);
});

t.test('a match that never ends is an error, and so is what may become one', async (t) => {
  const key = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(200_000)}`;
  t.throws(() => scan([key]), { code: 'mask_impossible' });
  t.throws(() => scan(['x eyJ', 'a'.repeat(200_000)]), { code: 'mask_impossible' });
  const long = 'a'.repeat(300_000);
  t.equal(scan([long]), long);
});

t.test('tiny pieces of what is held back do not take time squared', async (t) => {
  const started = process.cpuUsage().user;
  const text = `eyJ${'a'.repeat(60_000)}`;
  t.equal(scan([...text]), text);
  t.ok(process.cpuUsage().user - started < 3_000_000);
});
