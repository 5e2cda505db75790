import { Buffer } from 'node:buffer';
import { luhn } from '../../../plugin/mask/detect/numbers.ts';
import type { DetectorName } from '../../../plugin/mask/detect/table.ts';

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const next = random(7);
const below = (n: number) => Math.floor(next() * n);
const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T;
const chars = (alphabet: string, length: number) => Array.from({ length }, () => pick([...alphabet])).join('');
const digits = (length: number) => chars('0123456789', length);
const upperHex = 'ABCDEF0123456789';
const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const upperAnd2To7 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const word = () => chars('abcdefghijklmnopqrstuvwxyz', 3 + below(8));
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function grouped(text: string, sizes: readonly number[], separator: string): string {
  const starts = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0));
  return sizes.map((size, at) => text.slice(starts[at], Number(starts[at]) + size)).join(separator);
}

function cardNumber(prefix: string, length: number): string {
  const body = prefix + digits(length - prefix.length - 1);
  return body + ([...'0123456789'].find((last) => luhn(body + last)) ?? '');
}

function card(): string {
  const number = pick([
    () => cardNumber('4', 16),
    () => cardNumber(pick(['51', '52', '53', '54', '55', '2221', '2720', '2500']), 16),
    () => cardNumber(pick(['34', '37']), 15),
    () => cardNumber(pick(['6011', '65', '644']), 16),
    () => cardNumber('3530', 16),
  ])();
  const sizes = number.length === 15 ? [4, 6, 5] : [4, 4, 4, 4];
  return pick([number, grouped(number, sizes, ' '), grouped(number, sizes, '-')]);
}

/** The check digits by BigInt, which the detector does not use. */
function iban(country: string, account: string): string {
  const spelled = [...`${account}${country}00`].map((char) => Number.parseInt(char, 36)).join('');
  return `${country}${String(98n - (BigInt(spelled) % 97n)).padStart(2, '0')}${account}`;
}

function anyIban(): string {
  const number = pick([
    () => iban('DE', digits(18)),
    () => iban('GB', chars('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 4) + digits(14)),
    () => iban('FR', digits(10) + chars(base62.toUpperCase(), 11) + digits(2)),
    () => iban('NO', digits(11)),
    () => iban('MT', chars('ABCDEFGH', 4) + digits(5) + chars(base62.toUpperCase(), 18)),
    () => iban('NL', chars('ABCDEFGH', 4) + digits(10)),
  ])();
  return pick([number, number.replace(/(.{4})(?=.)/g, '$1 '), number.toLowerCase()]);
}

const ssn = () =>
  [
    pick(['001', '078', '219', '457', '665', '667', '899']),
    String(1 + below(99)).padStart(2, '0'),
    String(1 + below(9_999)).padStart(4, '0'),
  ].join(pick(['-', ' ']));

function phone(): string {
  const [country, sizes] = pick([
    ['1', [3, 3, 4]],
    ['49', [2, 7]],
    ['44', [4, 6]],
    ['33', [1, 2, 2, 2, 2]],
    ['91', [5, 5]],
    ['358', [2, 3, 4]],
    ['81', [1, 4, 4]],
  ] as const);
  const groups = sizes.map((size) => pick(['2', '3', '4', '5', '6', '7', '8', '9']) + digits(size - 1));
  if (country === '1' && below(3) === 0) return `+1 (${groups[0]}) ${groups[1]}-${groups[2]}`;
  const separator = pick(['', ' ', '-', '.']);
  return `+${[country, ...groups].join(separator)}`;
}

const email = () =>
  `${pick([word(), `${word()}.${word()}`, `${word()}+${word()}`, `${word()}_${digits(2)}`, `o'${word()}`])}@${pick([word(), `${word()}-${word()}`, `mail.${word()}`])}.${pick(['com', 'org', 'co.uk', 'de', 'io', 'museum', 'xn--p1ai'])}`;

const jwt = () =>
  `${base64({ alg: pick(['HS256', 'RS256', 'none']), typ: 'JWT' })}.${base64({ sub: word(), exp: below(2e9) })}.${chars(base62, 43)}`;

function privateKey(): string {
  const label = pick([
    'RSA PRIVATE KEY',
    'PRIVATE KEY',
    'EC PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
    'PGP PRIVATE KEY BLOCK',
  ]);
  const lines = Array.from({ length: 3 }, () => chars(`${base62}+/`, 64)).join(pick(['\n', '\r\n', ' ']));
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----`;
}

const secret = () =>
  pick([
    () => pick(['AKIA', 'ASIA']) + chars(upperAnd2To7, 16),
    () => pick(['ghp_', 'gho_', 'ghs_']) + chars(base62, 36),
    () => `github_pat_${chars(base62, 22)}_${chars(base62, 59)}`,
    () => `glpat-${chars(base62, 20)}`,
    () => `xoxb-${digits(12)}-${digits(12)}-${chars(base62, 24)}`,
    () => `sk_live_${chars(base62, 24)}`,
    () => `AIza${chars(`${base62}-_`, 35)}`,
    () => `npm_${chars(base62, 36)}`,
    () => `SG.${chars(base62, 22)}.${chars(base62, 43)}`,
    () => `sk-ant-api03-${chars(base62, 93)}`,
    () => `hf_${chars(base62, 34)}`,
  ])();

const uuid = () => grouped(chars('0123456789abcdef', 32), [8, 4, 4, 4, 12], '-');
const timestamp = () => new Date(1.6e12 + below(2e11)).toISOString();

/** Look-alikes of one detector; those of all detectors are beside. */
const lookAlikes: Readonly<Record<DetectorName, readonly (() => string)[]>> = {
  email: [
    () => `@${word()}`,
    () => `${word()}@${word()}`,
    () => `${word()}@${below(9)}.${below(20)}.${below(9)}`,
    () => `${word()}@2x.png`,
    () => `${word()} @ ${word()}.com`,
    () => `${word()}@.com`,
    () => `@${word()}/${word()}.js`,
    () => `${word()}.com@`,
  ],
  credit_card: [
    () => digits(16),
    () => `1${digits(12)}`,
    () => card().replace(/\d(?=\D*$)/, (last) => String((Number(last) + 1 + below(9)) % 10)),
    () => `ORD${cardNumber('4', 16)}`,
    () => `0.${cardNumber('4', 16)}`,
    () => grouped(digits(16), [4, 4, 4, 4], '-'),
    () => digits(20),
  ],
  iban: [
    () => anyIban().replace(/\d(?=\D*$)/, (last) => String((Number(last) + 1 + below(9)) % 10)),
    () => `DE${digits(20)}`,
    () => `GB${digits(2)}${chars(base62.toUpperCase(), 18)}`,
    () => `XX${digits(20)}`,
    () => chars(upperHex, 32),
    () => `INV${anyIban()}`,
  ],
  us_ssn: [
    () => grouped(digits(9), [3, 3, 3], '-'),
    () => `${pick(['000', '666', '901', '987'])}-${digits(2)}-${digits(4)}`,
    () => `123-00-${digits(4)}`,
    () => `123-45-0000`,
    () => `${digits(4)}-${digits(2)}-${digits(4)}`,
    () => `${digits(3)}-${digits(2)}-${digits(5)}`,
    () => `123-45 ${digits(4)}`,
    () => `1-${ssn()}-2`.replaceAll(' ', '-'),
    () => digits(9),
  ],
  phone: [
    () => `+${below(1_000)}`,
    () => `UTC+0${below(9)}:00`,
    () => `1e+${digits(9)}`,
    () => `+0${digits(9)}`,
    () => `+1${digits(6)}`,
    () => `+1 ${pick(['0', '1'])}${digits(9)}`,
    () => `+${digits(18)}`,
    () => `+999${digits(8)}`,
    () => `${word()}+${digits(10)}`,
  ],
  jwt: [
    () => `eyJ${chars(base62, 20)}.${chars(base62, 20)}.${chars(base62, 20)}`,
    () => base64({ alg: 'HS256' }),
    () => `${base64({ page: 2, after: word() })}.${chars(base62, 12)}.${chars(base62, 12)}`,
    () => `${word()}.${word()}.${word()}`,
    () => `${base64({ alg: 'HS256' })}.${chars(base62, 20)}`,
  ],
  private_key: [
    () => `-----BEGIN CERTIFICATE-----\n${chars(base62, 64)}\n-----END CERTIFICATE-----`,
    () => `-----BEGIN PUBLIC KEY-----\n${chars(base62, 64)}\n-----END PUBLIC KEY-----`,
    () => `---- BEGIN PRIVATE KEY ----`,
    () => 'BEGIN PRIVATE KEY',
    () => '-----BEGIN private key-----',
  ],
  secret: [
    () => `AKIA${chars(base62, 8)}`,
    () => `ghp_${chars(base62, 12)}`,
    () => `sk_live_${word()}`,
    () => `npm_config_${word()}`,
    () => `hf_${word()}`,
    () => `${chars(base62, 5)}AKIA${chars(base62.slice(0, 26), 16)}`,
    () => `SG.${word()}.${word()}`,
    () => `xoxb-${word()}`,
  ],
};

const beside: readonly (() => string)[] = [
  uuid,
  timestamp,
  () => chars('0123456789abcdef', pick([32, 40, 64])),
  () => `v${below(20)}.${below(20)}.${below(99)}`,
  () => `${word()} ${word()}, ${word()} ${below(99)}.`,
  () => `https://${word()}.com/${word()}?id=${digits(12)}&t=${timestamp()}`,
  () => String(1_600_000_000_000 + below(2e11)),
  () => `${below(256)}.${below(256)}.${below(256)}.${below(256)}`,
  () => `INV-${digits(4)}-${digits(6)}`,
  () => Buffer.from(`${word()} ${word()} ${word()}`).toString('base64'),
];

const makers: Readonly<Record<DetectorName, () => string>> = {
  email,
  credit_card: card,
  iban: anyIban,
  us_ssn: ssn,
  phone,
  jwt,
  private_key: privateKey,
  secret,
};

/** A text with a positive or a look-alike in it, alone or in a sentence. */
const around = (text: string) =>
  pick([text, `${word()} ${text}`, `${word()}: ${text}, ${word()}`, `(${text})`, `${text}. ${word()}`]);

/** So many positives, with where each stands, and as many look-alikes, half of them of this detector and half of all. */
export function casesOf(name: DetectorName, count: number) {
  const positives = Array.from({ length: count }, () => {
    const value = makers[name]();
    return { value, text: around(value) };
  });
  const negatives = Array.from({ length: count }, (_, at) => around(pick(at % 2 === 0 ? lookAlikes[name] : beside)()));
  return { positives, negatives };
}
