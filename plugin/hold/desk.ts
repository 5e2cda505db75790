import { CountersignError } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Bench, openClosings, refuseAltered, refuseUnproven } from './bench.ts';
import type { Evidence } from './evidence.ts';
import { openExpiry } from './expiry.ts';
import { consume, dueAt, isLive, refusalError } from './hold.ts';
import { type Emit, openJournal } from './journal.ts';
import { openLock } from './lock.ts';
import { type Ask, expired, isRepeat, type Outcome, present } from './present.ts';
import { type HoldRecord, isIntact, keyOf } from './record.ts';
import { isMet } from './requirement.ts';
import type { HoldSpec } from './spec.ts';
import type { HoldLimits, HoldStore, Receipt } from './store.ts';
import { type Decided, decide, show } from './verdict.ts';
import { maySee, type View, viewOf } from './view.ts';
import { openWaiters } from './waiters.ts';

export type { Ask, Outcome } from './present.ts';
export type { Decided } from './verdict.ts';
export type { View } from './view.ts';

/** What a desk stands on. */
export interface DeskParts {
  readonly store: HoldStore;
  readonly emit: Emit;
  readonly evidence: Evidence;
  readonly limits: HoldLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The use of an approval by one stream. */
export interface Use {
  readonly id: string;
  readonly version: number;
  readonly httpId: string;
  readonly digest: string;
}

/** Where requests wait for people. Every transition is entered before anybody sees its effect. */
export interface Desk {
  /**
   * Finds the hold of a request or opens one, and waits for it within the deadline.
   * @throws CountersignError `hold_impossible`, `hold_limit`, `hold_state`, `cancelled` when the caller left
   */
  present(ask: Ask): Promise<Outcome>;
  /**
   * Uses an approval, once; the stream that used it gets the same receipt again for 120 s.
   * @throws CountersignError `hold_unknown`, `hold_state` when it was used, has ended, or the log does not bear it out
   */
  consume(use: Use): Promise<{ readonly receipt: Receipt }>;
  /** True when the hold's approvals meet these requirements, too. */
  meets(hold: HoldRecord, spec: HoldSpec): boolean;
  /** @throws CountersignError `hold_unknown`, `hold_self`, `forbidden`, `hold_state` */
  approve(decided: Decided): Promise<View>;
  /** @throws as `approve`; `usage` without a reason */
  reject(decided: Decided): Promise<View>;
  /** Pending holds that this viewer may see, oldest first. */
  list(viewer: Principal): Promise<readonly View[]>;
  /** @throws CountersignError `hold_unknown`, `forbidden` */
  show(id: string, viewer: Principal): Promise<View>;
  /** Those who wait get their ticket; a connection that breaks from now on is no withdrawal. */
  drain(): void;
  /** Drains, and closes the store. */
  close(): Promise<void>;
}

/** Opens a desk: what an earlier process owed the log is appended first. */
export async function openDesk({ store, emit, evidence, limits, now }: DeskParts): Promise<Desk> {
  const closings = openClosings(now);
  const journal = openJournal(store, emit, limits, closings.add);
  const expiry = openExpiry(now, sweep);
  const bench: Bench = {
    journal,
    emit,
    evidence,
    lock: openLock(),
    waiters: openWaiters(now),
    closings,
    now,
    since: now(),
    due: expiry.at,
  };
  let closing = false;

  /** Ends what is over, and tells when the next hold ends. */
  async function sweep(): Promise<number | null> {
    const swept = new Set<string>();
    for (;;) {
      const [first] = await store.select({ by: 'due' });
      if (first === undefined) return null;
      if (dueAt(first.hold) > now()) return dueAt(first.hold);
      if (swept.has(first.hold.id))
        throw new CountersignError('internal', 'a hold can not be ended: its row is damaged');
      swept.add(first.hold.id);
      await bench.lock(keyOf(first.hold), async () => {
        const stored = await journal.load({ by: 'id', id: first.hold.id });
        if (stored !== null && isLive(stored.hold)) await expired(bench, stored.hold);
      });
    }
  }

  await journal.recover();
  expiry.at(now());

  function drain(): void {
    closing = true;
    bench.waiters.close();
  }

  return {
    present: (ask) => present(bench, () => closing, ask),
    consume: (use) => useApproval(bench, use),
    meets: (hold, spec) => isMet(spec.anyOf, hold.approvals),
    approve: (decided) => decide(bench, 'approved', decided),
    reject: (decided) => decide(bench, 'rejected', decided),
    async list(viewer) {
      const stored = await store.select({ by: 'pending' });
      const seen = stored.filter(({ hold }) => isIntact(hold) && maySee(hold, viewer));
      return seen.map(({ hold }) => viewOf(hold, viewer, now()));
    },
    show: (id, viewer) => show(bench, id, viewer),
    drain,
    async close() {
      drain();
      await expiry.stop();
      await store.close();
    },
  };
}

async function useApproval(bench: Bench, use: Use): Promise<{ readonly receipt: Receipt }> {
  const first = await bench.journal.peek({ by: 'id', id: use.id });
  if (first === null) throw new CountersignError('hold_unknown', 'no such hold');
  return bench.lock(keyOf(first.hold), async () => {
    const stored = (await bench.journal.load({ by: 'id', id: use.id })) ?? first;
    const { hold } = stored;
    const receipt = stored.receipts[hold.version];
    if (receipt !== undefined && hold.digest === use.digest && (await isRepeat(bench, stored, use.httpId)))
      return { receipt };
    if (isLive(hold)) await refuseAltered(bench, hold);
    if (hold.state === 'approved') await refuseUnproven(bench, stored);
    const used = consume(hold, use, bench.now());
    if ('refusal' in used) throw refusalError(used.refusal);
    return { receipt: await bench.journal.step('consumed', hold, used.hold) };
  });
}
