import { CountersignError } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Bench, refuseAltered } from './bench.ts';
import { approve, dueAt, isLive, refusalError, reject, type Shown } from './hold.ts';
import { keyOf } from './record.ts';
import { maySee, type View, viewOf } from './view.ts';

/** An approver's decision. Who decides is a verified identity, never a name in a message. */
export interface Decided {
  readonly id: string;
  readonly approver: Principal;
  /** What was on the approver's screen: another digest or version is refused. */
  readonly shown: Shown;
  readonly reason: string | null;
}

const verdicts = { approved: approve, rejected: reject } as const;

/**
 * Takes a verdict. Resolves when its entry is durable; only then do those who wait hear of it.
 * @throws CountersignError `hold_unknown`, `hold_self`, `forbidden`, `hold_state`; `usage` for a rejection without reason
 */
export async function decide(bench: Bench, verdict: keyof typeof verdicts, decided: Decided): Promise<View> {
  const { id, approver, shown, reason } = decided;
  const first = await find(bench, 'peek', id, approver);
  return bench.lock(keyOf(first), async () => {
    const hold = await find(bench, 'load', id, approver);
    if (isLive(hold)) await refuseAltered(bench, hold);
    const next = verdicts[verdict](hold, { by: approver, shown, reason }, bench.now());
    if ('refusal' in next) throw refusalError(next.refusal);
    await bench.journal.step(verdict, hold, next.hold);
    if (isLive(next.hold)) bench.due(dueAt(next.hold));
    if (next.hold.state !== 'pending') bench.waiters.wake(id);
    return viewOf(next.hold, approver, bench.now());
  });
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
    return viewOf(hold, viewer, bench.now());
  });
}
