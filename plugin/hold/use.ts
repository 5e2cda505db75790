import { CountersignError } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Bench, refuseAltered, refuseUnproven } from './bench.ts';
import { memory, tallyOf } from './cooldown.ts';
import { breakGlass, consume, isLive, refusalError, type UseOfHold } from './hold.ts';
import { isRepeat, useBy } from './present.ts';
import { type HoldRecord, keyOf, type Opening, openHold } from './record.ts';
import { isMet } from './requirement.ts';
import type { Receipt } from './store.ts';

/** The use of an approval by one stream. */
export interface Use extends UseOfHold {
  readonly id: string;
}

/**
 * Uses an approval, once, or a grant, once more; the stream that used it gets the same receipt again for 120 s.
 * @throws CountersignError `hold_unknown`, `hold_state`
 */
export async function useApproval(bench: Bench, use: Use): Promise<{ readonly receipt: Receipt }> {
  const first = await bench.journal.peek({ by: 'id', id: use.id });
  if (first === null) throw new CountersignError('hold_unknown', 'no such hold');
  return bench.lock(keyOf(first.hold), async () => {
    const stored = (await bench.journal.load({ by: 'id', id: use.id })) ?? first;
    const { hold } = stored;
    const repeated = useBy(hold, use.httpId, use.digest);
    const receipt = repeated === null ? undefined : stored.receipts[repeated.version];
    if (receipt !== undefined && (await isRepeat(bench, stored, use))) return { receipt };
    if (isLive(hold)) await refuseAltered(bench, hold);
    if (hold.state === 'approved' || hold.state === 'granted') {
      await refuseUnproven(bench, stored);
      requireStanding(bench, hold);
    }
    const used = consume(hold, use, bench.now());
    if ('refusal' in used) throw refusalError(used.refusal);
    const begins = hold.state === 'approved' && hold.spec.grant !== null;
    return { receipt: await bench.journal.step(begins ? 'granted' : 'consumed', hold, used.hold) };
  });
}

/** Threat 23: who approved and is known to have left the group since then does not count. */
function requireStanding({ standing }: Bench, { spec, approvals }: HoldRecord): void {
  if (isMet(spec.anyOf, approvals.filter(standing.holds))) return;
  throw new CountersignError(
    'hold_state',
    'somebody who approved it is no longer in the group that may: ask for approval again',
  );
}

/** A human who will not wait, and says why. */
export interface Breaking {
  readonly opening: Opening;
  readonly principal: Principal;
  readonly httpId: string;
  readonly reason: string;
}

/**
 * Opens a hold and goes on without approval. The deviation that tells of it is durable before the request may go on.
 * @throws CountersignError `hold_limit` after `perDay` within a day; `hold_state` when the hold is decided already
 */
export async function breakTheGlass(bench: Bench, breaking: Breaking, perDay: number): Promise<HoldRecord> {
  const { opening, principal, httpId, reason } = breaking;
  return bench.lock(keyOf(opening), async () => {
    const stored = await bench.journal.load({ by: 'key', key: bench.secret.names(opening).key });
    if (stored !== null && (await isRepeat(bench, stored, { httpId, digest: opening.digest }))) return stored.hold;
    if (stored?.hold.state === 'rejected' && stored.hold.expires > bench.now())
      throw new CountersignError('hold_state', 'this request was rejected: the glass turns a hold, never a no');
    const { glass } = await tallyOf(bench, opening);
    if (glass >= perDay)
      throw new CountersignError('hold_limit', `the glass was broken ${glass} times within a day: no more today`, {
        retryAfter: memory / 1_000,
      });
    const hold = stored !== null && stored.hold.state === 'pending' ? stored.hold : openHold(opening, bench.now());
    if (hold === stored?.hold) await refuseAltered(bench, hold);
    else await bench.journal.step('opened', null, hold);
    const next = breakGlass(hold, httpId, bench.now());
    if ('refusal' in next) throw refusalError(next.refusal);
    const detail = `${hold.rule}: a human went on without approval`;
    const { id, issuer, person } = principal;
    const by = { id, issuer, ...(person === null ? {} : { person }) };
    const body = { state: 'opened', what: 'break glass', detail, count: 1, hold: hold.id, by } as const;
    await bench.emit({ kind: 'deviation', exchange: hold.exchange, body });
    await bench.journal.step('broke_glass', hold, next.hold, { by: { id, issuer, person }, reason });
    bench.waiters.wake(hold.id);
    return next.hold;
  });
}
