import { CountersignError } from '../errors.ts';
import type { Bench } from './bench.ts';
import type { HoldRecord } from './record.ts';
import type { Tally } from './store.ts';

/** Milliseconds for which rejections and broken glass are remembered against a principal. */
export const memory = 86_400_000;

/**
 * When the next request of that shape may be asked for again, milliseconds since 1970: `cooldownMs` after the last
 * rejection, and twice as long with each one before it within a day, a day at most (threat 22).
 */
export function cooledAt({ rejected, lastRejected }: Tally, cooldownMs: number): number {
  if (lastRejected === null || cooldownMs === 0) return 0;
  return lastRejected + Math.min(memory, cooldownMs * 2 ** Math.min(rejected - 1, 20));
}

/** What became of the asker's requests of that shape within a day. */
export function tallyOf(
  bench: Bench,
  hold: Pick<HoldRecord, 'digest' | 'asker' | 'shape' | 'grantKey'>,
): Promise<Tally> {
  const { asker, shape } = bench.secret.names(hold);
  return bench.store.tally(asker, shape, bench.now() - memory);
}

/** @throws CountersignError `hold_limit` while a rejection of the same shape is too fresh */
export async function requireCool(
  bench: Bench,
  hold: Pick<HoldRecord, 'digest' | 'asker' | 'shape' | 'grantKey'>,
  cooldownMs: number,
): Promise<void> {
  const left = cooledAt(await tallyOf(bench, hold), cooldownMs) - bench.now();
  if (left <= 0) return;
  const seconds = Math.ceil(left / 1_000);
  throw new CountersignError(
    'hold_limit',
    `a request of this shape was rejected: another one can be asked for in ${seconds} s`,
    { retryAfter: seconds },
  );
}
