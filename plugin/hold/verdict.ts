import { CountersignError, codeOf, type ErrorCode } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Bench, refuseAltered } from './bench.ts';
import { tallyOf } from './cooldown.ts';
import type { Transition } from './event.ts';
import {
  approve,
  dueAt,
  isLive,
  type Next,
  refusalError,
  reject,
  retract,
  revoke,
  type Shown,
  type Verdict,
  withdraw,
} from './hold.ts';
import { type Approver, relationToAsker } from './people.ts';
import { type HoldRecord, keyOf } from './record.ts';
import { maySee, type View, viewOf } from './view.ts';

/** An approver's decision. Who decides is a verified identity, never a name in a message. */
export interface Decided {
  readonly id: string;
  readonly approver: Principal;
  /** What was on the approver's screen: another digest or version is refused. */
  readonly shown: Shown;
  readonly reason: string | null;
}

/** How one of a batch went: the hold as it is now, or why it was not decided. */
export type BatchResult =
  | { readonly id: string; readonly hold: View }
  | { readonly id: string; readonly code: ErrorCode; readonly detail: string };

/** Holds that one batch may decide. */
export const batchLimit = 100;

interface Act {
  readonly transition: Transition;
  /** The side that asks may do it, too, without a look at what is shown. */
  readonly next: (hold: HoldRecord, verdict: Verdict, now: number) => Next;
  /** The hold itself does not tell who did it: the entry must. */
  readonly named: boolean;
}

const acts = {
  approve: { transition: 'approved', next: approve, named: false },
  reject: { transition: 'rejected', next: reject, named: false },
  retract: { transition: 'retracted', next: retract, named: true },
  withdraw: { transition: 'withdrawn', next: (hold, _, now) => withdraw(hold, now), named: true },
  revoke: { transition: 'revoked', next: (hold, { by }, now) => revoke(hold, by, now), named: true },
} as const satisfies Readonly<Record<string, Act>>;

/**
 * Takes a verdict, or takes one back. Resolves when its entry is durable; only then do those who wait hear of it.
 * @throws CountersignError `hold_unknown`, `hold_self`, `forbidden`, `hold_state`; `usage` for a rejection without reason
 */
export async function decide(bench: Bench, act: keyof typeof acts, decided: Decided): Promise<View> {
  const { id, approver, shown, reason } = decided;
  bench.standing.seen(approver);
  const first = await find(bench, 'peek', id, approver);
  return bench.lock(keyOf(first), async () => {
    const hold = await find(bench, 'load', id, approver);
    if (isLive(hold)) await refuseAltered(bench, hold);
    const { transition, next: rule, named }: Act = acts[act];
    const next = rule(hold, { by: approver, shown, reason }, bench.now());
    if ('refusal' in next) throw refusalError(next.refusal);
    await bench.journal.step(transition, hold, next.hold, named ? { by: nameOf(approver), reason } : null);
    if (isLive(next.hold)) bench.due(dueAt(next.hold));
    if (next.hold.state !== 'pending') bench.waiters.wake(id);
    return viewOf(next.hold, approver, bench.now());
  });
}

/**
 * The asking side says that it wants the request no longer; an approver takes their yes back.
 * @throws as `decide`
 */
export async function takeBack(bench: Bench, decided: Decided): Promise<View> {
  const hold = await find(bench, 'peek', decided.id, decided.approver);
  const asks = relationToAsker(hold.asker, decided.approver) === 'same';
  return decide(bench, asks ? 'withdraw' : 'retract', decided);
}

/** Decides on several, one after the other: each is bound to what was shown of it, and one that fails stops no other. */
export async function decideAll(
  bench: Bench,
  act: 'approve' | 'reject',
  all: readonly Decided[],
): Promise<readonly BatchResult[]> {
  if (all.length > batchLimit)
    throw new CountersignError('usage', `expected ${batchLimit} holds at most, got ${all.length}`);
  const results: BatchResult[] = [];
  for (const decided of all) {
    try {
      results.push({ id: decided.id, hold: await decide(bench, act, decided) });
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      results.push({ id: decided.id, code: codeOf(error), detail: error.message });
    }
  }
  return results;
}

function nameOf({ id, issuer, person }: Principal): Approver {
  return { id, issuer, person };
}

/** `peek` before the lock is taken, `load` under it. */
async function find(bench: Bench, look: 'peek' | 'load', id: string, viewer: Principal) {
  const stored = await bench.journal[look]({ by: 'id', id });
  if (stored === null) throw new CountersignError('hold_unknown', 'no such hold: list shows those that are pending');
  if (maySee(stored.hold, viewer)) return stored.hold;
  throw new CountersignError('forbidden', 'you neither asked for this hold nor are in a group that it waits for');
}

/** One hold as somebody may see it. @throws CountersignError `hold_unknown`, `forbidden`, `hold_state` */
export async function show(bench: Bench, id: string, viewer: Principal): Promise<View> {
  const first = await find(bench, 'peek', id, viewer);
  return bench.lock(keyOf(first), async () => {
    const hold = await find(bench, 'load', id, viewer);
    if (isLive(hold)) await refuseAltered(bench, hold);
    const { rejected } = isLive(hold) ? await tallyOf(bench, hold) : { rejected: 0 };
    return { ...viewOf(hold, viewer, bench.now()), rejectedBefore: rejected };
  });
}
