/** Masking structured JSON by two keys, beside parsing, rewriting and printing it. */
import { compilePlan } from '../plugin/mask/compile.ts';
import { openMasker } from '../plugin/mask/masker.ts';
import { parsePlan } from '../plugin/mask/plan.ts';
import { body as small } from './exchange/body.ts';
import type { Measure } from './row.ts';
import { timeInTurn } from './time.ts';

/** What Envoy hands over at a time, bytes. */
const chunkBytes = 64 * 1_024;

const plan = compilePlan(
  parsePlan([
    { key: 'ssn', with: 'partial', keep_last: 4, rule: 'pii/ssn' },
    { key: 'password_hash', with: 'redact', rule: 'pii/secret' },
  ]),
);
const pseudonyms = compilePlan(parsePlan([{ key: 'email', with: 'hash', rule: 'pii/email' }]));
const keys = { default: Buffer.alloc(32, 7) };
const head = { status: 200, headers: [{ name: 'content-type', value: Buffer.from('application/json') }] };

/** Some 4 MB of records of a dozen members, two of which are masked. */
function records(): Buffer {
  const rows = Array.from({ length: 12_000 }, (_, id) => ({
    ...{
      id,
      name: `Customer Number ${id}`,
      email: `customer-${id}@example.com`,
      ssn: `078-05-${1_000 + (id % 9_000)}`,
    },
    ...{ password_hash: 'scrypt$16384$7Jd0c1', plan: 'enterprise', seats: id % 40, active: id % 3 === 0 },
    address: { street: `${id} Long Street`, city: 'Springfield', country: 'US' },
    ...{ tags: ['renewed', 'by telephone'], note: 'prefers to be called in the morning, not before nine' },
  }));
  return Buffer.from(JSON.stringify({ customers: rows }));
}

function stream(body: Buffer, masks = plan): number {
  const masker = openMasker(masks, head, keys);
  let length = 0;
  const take = (chunks: readonly Uint8Array[]) => {
    for (const chunk of chunks) length += chunk.length;
  };
  for (let at = 0; at < body.length; at += chunkBytes) take(masker.push(body.subarray(at, at + chunkBytes)));
  take(masker.end());
  return length;
}

/** As one would write it: the whole body at once, and every number and escape printed anew. */
function rewrite(body: Buffer): number {
  const text = JSON.stringify(JSON.parse(body.toString('utf8')), (key, value: unknown) => {
    if (key === 'ssn' && typeof value === 'string') return `${'*'.repeat(value.length - 4)}${value.slice(-4)}`;
    return key === 'password_hash' ? '[redacted]' : value;
  });
  return Buffer.from(text).length;
}

/** Megabytes of 10^6 bytes a second, one thread. */
export async function benchMask(say: (line: string) => void): Promise<readonly Measure[]> {
  const large = records();
  say(`${(large.length / 1e6).toFixed(1)} MB in chunks of 64 KB, and ${small.length} bytes in one`);
  const times = timeInTurn({
    large: () => stream(large),
    largeRewrite: () => rewrite(large),
    small: () => stream(small),
    hashes: () => stream(small, pseudonyms),
    smallRewrite: () => rewrite(small),
  });
  const speed = (body: Buffer, took: readonly number[]) => took.map((us) => body.length / us);
  const [largePeer, smallPeer] = ['parse, rewrite, stringify, 4 MB', 'parse, rewrite, stringify, 2 KB'] as const;
  return [
    { figure: largePeer, unit: 'MB/s', runs: speed(large, times.largeRewrite) },
    { figure: 'two key masks, 4 MB', unit: 'MB/s', runs: speed(large, times.large), peer: largePeer },
    { figure: smallPeer, unit: 'MB/s', runs: speed(small, times.smallRewrite) },
    { figure: 'two key masks, 2 KB', unit: 'MB/s', runs: speed(small, times.small), peer: smallPeer },
    { figure: '14 pseudonyms, 2 KB', unit: 'MB/s', runs: speed(small, times.hashes), peer: smallPeer },
  ];
}
