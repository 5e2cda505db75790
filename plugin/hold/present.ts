import { CountersignError, codeOf } from '../errors.ts';
import type { JsonObject, Principal } from '../request.ts';
import { type Bench, refuseAltered, refuseUnproven } from './bench.ts';
import { requireCool } from './cooldown.ts';
import { provenUse } from './evidence.ts';
import { dueAt, expire, isFromTheFuture, isLive, repeatWindow, withdraw } from './hold.ts';
import { type GrantUse, type HoldRecord, type HoldState, isIntact, keyOf, openHold } from './record.ts';
import type { HoldSpec } from './spec.ts';
import type { Stored } from './store.ts';
import type { Waited } from './waiters.ts';

/** A request that needs people. */
export interface Ask {
  readonly exchange: string;
  /** Envoy's name of the stream: the same again when it repeats a Check. */
  readonly httpId: string;
  /** Hex; see `requestDigest`. */
  readonly digest: string;
  readonly principal: Principal;
  readonly spec: HoldSpec;
  readonly policyDigest: string;
  readonly rule: string;
  /** What the approver sees: all that the digest binds. */
  readonly display: JsonObject | null;
  readonly justification: string | null;
  /** Hex; see `shapeOf`. */
  readonly shape: string;
  /** Hex; see `grantKeyOf`. Null where nothing like it may go on under a grant. */
  readonly grantKey: string | null;
  /** Milliseconds since 1970 at which the caller must have an answer. */
  readonly deadline: number;
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal;
}

/**
 * Where a request stands: `approved` may be consumed; `admitted` was consumed by this very stream, which is answered the
 * same again; `pending` gets its ticket; the rest is refused.
 */
export interface Outcome {
  readonly state: HoldState | 'admitted';
  readonly hold: HoldRecord;
}

/** How often another process may be faster in opening the same hold before we give up. */
const attempts = 3;

/** Finds the hold of a request or opens one, and waits for it within the deadline. */
export async function present(
  bench: Bench,
  options: { readonly isClosing: () => boolean; readonly cooldownMs: number },
  ask: Ask,
): Promise<Outcome> {
  const { isClosing } = options;
  if (ask.principal.method === 'none')
    throw new CountersignError('hold_impossible', 'only a request of a verified identity can wait for approval');
  const granted = await underGrant(bench, ask);
  if (granted !== null) return granted;
  const key = keyOf({ digest: ask.digest, asker: ask.principal });
  const placed = await bench.lock(key, async () => {
    if (ask.signal.aborted) throw gone();
    const found = await arrive(bench, ask, options.cooldownMs);
    return {
      found,
      waiting: found.state === 'pending' && !isClosing() ? bench.waiters.join(found.hold.id, ask) : null,
    };
  });
  if (placed.waiting === null) return placed.found;
  const waited = await placed.waiting;
  return bench.lock(key, () => leave(bench, ask, placed.found.hold.id, waited));
}

/** A grant that is in force for requests like this one, or the answer that it gave to this very stream. */
async function underGrant(bench: Bench, ask: Ask): Promise<Outcome | null> {
  if (ask.grantKey === null) return null;
  const name = bench.secret.name('grant', ask.grantKey);
  for (const { hold } of await bench.store.select({ by: 'grant', name })) {
    if (hold.state === 'pending' || hold.grantKey !== ask.grantKey || dueAt(hold) <= bench.now()) continue;
    const outcome = await bench.lock(keyOf(hold), async () => {
      const stored = await bench.journal.load({ by: 'id', id: hold.id });
      return stored === null || !isLive(stored.hold) ? null : standing(bench, stored, ask);
    });
    if (outcome !== null && usable.has(outcome.state)) return outcome;
  }
  return null;
}

const usable: ReadonlySet<Outcome['state']> = new Set(['approved', 'granted', 'admitted']);

/** The hold that is there, or a new one when there is none or the last is closed. */
async function arrive(bench: Bench, ask: Ask, cooldownMs: number): Promise<Outcome> {
  const asked = { ...ask, asker: ask.principal };
  const { key } = bench.secret.names(asked);
  for (let attempt = 1; ; attempt++) {
    const stored = await bench.journal.load({ by: 'key', key });
    const found = stored === null ? null : await standing(bench, stored, ask);
    if (found !== null && !again.has(found.state)) return found;
    await requireCool(bench, asked, cooldownMs);
    const hold = openHold(asked, bench.now());
    try {
      await bench.journal.step('opened', null, hold);
      bench.due(dueAt(hold));
      return { state: 'pending', hold };
    } catch (error) {
      if (codeOf(error) !== 'hold_state' || attempt === attempts) throw error;
    }
  }
}

/** States after which the same request asks anew. */
const again: ReadonlySet<Outcome['state']> = new Set(['expired', 'withdrawn', 'consumed', 'revoked']);

/** The wait is over: the caller left, or the hold is looked at as it is now, whatever woke us. */
async function leave(bench: Bench, ask: Ask, id: string, waited: Waited): Promise<Outcome> {
  const stored = await bench.journal.load({ by: 'id', id });
  if (stored === null) throw new CountersignError('hold_unknown', 'the hold is not in the store any longer');
  const found = await standing(bench, stored, ask);
  if (waited === 'gone' && found.state === 'pending' && bench.waiters.count(id) === 0) {
    const next = withdraw(found.hold, bench.now());
    if ('hold' in next) {
      await bench.journal.step('withdrawn', found.hold, next.hold);
      return { state: 'withdrawn', hold: next.hold };
    }
  }
  if (ask.signal.aborted && found.state === 'approved') throw gone();
  return found;
}

/** Where a stored hold stands for this caller, at this moment. */
async function standing(bench: Bench, stored: Stored, ask: Ask): Promise<Outcome> {
  const { hold } = stored;
  const now = bench.now();
  if (isLive(hold)) await refuseAltered(bench, hold);
  if (isLive(hold) && (dueAt(hold) <= now || isFromTheFuture(hold, now)))
    return { state: 'expired', hold: await expired(bench, hold) };
  if (await isRepeat(bench, stored, ask)) return { state: 'admitted', hold };
  if (hold.state === 'approved' || hold.state === 'granted') await refuseUnproven(bench, stored);
  if (hold.state === 'rejected' && hold.expires <= now) return { state: 'expired', hold };
  return { state: hold.state, hold };
}

/** Ends a hold whose time is over. Callers hold the lock. */
export async function expired(bench: Bench, hold: HoldRecord): Promise<HoldRecord> {
  const next = expire(hold, bench.now());
  if ('refusal' in next) return hold;
  await bench.journal.step('expired', hold, next.hold);
  bench.waiters.wake(hold.id);
  return next.hold;
}

/** Envoy repeats the Check that used the hold: same stream, digest and principal, within the window. */
export async function isRepeat(
  bench: Bench,
  stored: Stored,
  { httpId, digest }: { readonly httpId: string; readonly digest: string },
): Promise<boolean> {
  const use = useBy(stored.hold, httpId, digest);
  if (use === null || bench.now() - use.at >= repeatWindow) return false;
  return isIntact(stored.hold) && provenUse(stored, use, bench.evidence);
}

/** What this stream used of the hold, with this very request. */
export function useBy(hold: HoldRecord, httpId: string, digest: string): Omit<GrantUse, 'digest'> | null {
  const use = hold.uses.find((one) => one.httpId === httpId && one.digest === digest);
  if (use !== undefined) return use;
  const { consumed, version } = hold;
  if (consumed === null || consumed.httpId !== httpId || hold.digest !== digest) return null;
  return { ...consumed, version };
}

function gone(): CountersignError {
  return new CountersignError('cancelled', 'the caller hung up while the request was held');
}
