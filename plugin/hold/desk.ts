import { CountersignError } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Bench, openSteps } from './bench.ts';
import { steadyClock } from './clock.ts';
import type { Transition } from './event.ts';
import type { Evidence } from './evidence.ts';
import { openExpiry } from './expiry.ts';
import { openFeed } from './feed.ts';
import { type Filter, passes } from './filter.ts';
import { type Closed, history } from './history.ts';
import { dueAt, isFromTheFuture, isLive } from './hold.ts';
import { type Emit, openJournal } from './journal.ts';
import { openLock } from './lock.ts';
import { type Ask, expired, type Outcome, present } from './present.ts';
import { type HoldRecord, isIntact, keyOf } from './record.ts';
import { isMet } from './requirement.ts';
import { openSecret } from './secret.ts';
import type { HoldSpec } from './spec.ts';
import { openStanding } from './standing.ts';
import type { HoldLimits, HoldStore, Notice, Receipt } from './store.ts';
import { type Breaking, breakTheGlass, type Use, useApproval } from './use.ts';
import { type BatchResult, type Decided, decide, decideAll, show, takeBack } from './verdict.ts';
import { maySee, type View, viewOf } from './view.ts';
import { openWaiters } from './waiters.ts';

export type { Filter } from './filter.ts';
export type { Closed } from './history.ts';
export type { Ask, Outcome } from './present.ts';
export type { Breaking, Use } from './use.ts';
export type { BatchResult, Decided } from './verdict.ts';
export type { View } from './view.ts';

/** What a desk stands on. */
export interface DeskParts {
  readonly store: HoldStore;
  readonly emit: Emit;
  readonly evidence: Evidence;
  readonly limits: HoldLimits;
  /** 32 bytes or more: names and seals of the store's rows are made with it. */
  readonly key: Buffer;
  /** Milliseconds after a rejection in which its asker may ask for nothing of that shape; 0 is none. */
  readonly cooldownMs?: number;
  /** How often one principal may break the glass within a day. */
  readonly glassPerDay?: number;
  /** Whom a step is told to. */
  readonly notices?: (transition: Transition, hold: HoldRecord) => readonly Notice[];
  /** Milliseconds since 1970; a clock that never goes back by default. */
  readonly now?: () => number;
}

/** A step of a hold as its viewer may see it, after its entry is durable. */
export interface HoldNews {
  readonly transition: Transition;
  readonly hold: View;
}

/** Where requests wait for people. Every transition is entered before anybody sees its effect. */
export interface Desk {
  /**
   * Finds the hold of a request, or a grant that it may go on under, or opens a hold, and waits for it within the
   * deadline.
   * @throws CountersignError `hold_impossible`, `hold_limit`, `hold_state`, `cancelled` when the caller left
   */
  present(ask: Ask): Promise<Outcome>;
  /**
   * Uses an approval, once, or a grant, once more; the stream that used it gets the same receipt again for 120 s.
   * @throws CountersignError `hold_unknown`, `hold_state` when it was used, has ended, the log does not bear it out, or
   * somebody who approved has left the group
   */
  consume(use: Use): Promise<{ readonly receipt: Receipt }>;
  /**
   * A human goes on without approval. Whether they may is for the caller to say.
   * @throws CountersignError `hold_limit`, `hold_state`
   */
  breakGlass(breaking: Breaking): Promise<HoldRecord>;
  /** True when the hold's approvals meet these requirements, too. */
  meets(hold: HoldRecord, spec: HoldSpec): boolean;
  /** @throws CountersignError `hold_unknown`, `hold_self`, `forbidden`, `hold_state` */
  approve(decided: Decided): Promise<View>;
  /** @throws as `approve`; `usage` without a reason */
  reject(decided: Decided): Promise<View>;
  /** The asking side gives its request up, or an approver takes their yes back. @throws as `approve` */
  withdraw(decided: Decided): Promise<View>;
  /** Several at once: one that is refused stops no other. @throws CountersignError `usage` for more than 100 */
  batch(act: 'approve' | 'reject', all: readonly Decided[]): Promise<readonly BatchResult[]>;
  /** Holds that this viewer may see, oldest first; pending ones where the filter does not say. */
  list(viewer: Principal, filter?: Filter): Promise<readonly View[]>;
  /** @throws CountersignError `hold_unknown`, `forbidden` */
  show(id: string, viewer: Principal): Promise<View>;
  /** Closed holds, the newest first, a page of 50 before `before`. */
  history(viewer: Principal, page?: { readonly before?: number; readonly limit?: number }): Promise<readonly Closed[]>;
  /** Earlier decisions on what this hold is the shape of, the newest first. @throws as `show` */
  earlier(id: string, viewer: Principal): Promise<readonly Closed[]>;
  /** Grants in force that this viewer may see, oldest first. */
  grants(viewer: Principal): Promise<readonly View[]>;
  /** Ends a grant, and with it what still runs under it. @throws as `approve` */
  revoke(decided: Omit<Decided, 'shown'>): Promise<View>;
  /** Steps of the holds that this viewer may see, as they happen. Gives back what ends it. */
  watch(viewer: Principal, listener: (news: HoldNews) => void): () => void;
  /** Hears that a step has its entry, whoever may see it. Gives back what ends it. */
  onStep(listener: () => void): () => void;
  /** Hears of each grant that somebody ended: what runs under it must not go on. Gives back what ends it. */
  onRevoked(listener: (hold: string) => void): () => void;
  /** True once somebody ended that grant. */
  isRevoked(id: string): Promise<boolean>;
  /** A verified identity came through some door: its groups are what they are now. */
  seen(principal: Principal): void;
  /** Those who wait get their ticket; a connection that breaks from now on is no withdrawal. */
  drain(): void;
  /** Drains, and closes the store. */
  close(): Promise<void>;
}

/** Milliseconds for which a closed hold is kept, without who asked what: 90 days. */
const historyMs = 90 * 86_400_000;

/** Opens a desk: what an earlier process owed the log is appended first. */
export async function openDesk(parts: DeskParts): Promise<Desk> {
  const { store, emit, evidence, limits, now = steadyClock(), cooldownMs = 0, glassPerDay = 3 } = parts;
  const steps = openSteps(now);
  const feed = openFeed();
  const secret = openSecret(parts.key);
  const journal = openJournal({
    ...{ store, emit, limits, secret },
    committed: steps.add,
    entered: (transition, hold) => feed.publish({ transition, hold }),
    notices: parts.notices ?? (() => []),
  });
  const expiry = openExpiry(now, sweep);
  const bench: Bench = {
    ...{ store, journal, emit, evidence, steps, secret, feed, now },
    lock: openLock(),
    standing: openStanding(),
    waiters: openWaiters(),
    since: now(),
    due: expiry.at,
  };
  let closing = false;

  /** Ends what is over, forgets what nobody needs, and tells when the next is due. */
  async function sweep(): Promise<number | null> {
    const next = await endDue();
    const forgetAt = await store.forget(now(), now() - historyMs);
    if (next === null) return forgetAt;
    return forgetAt === null ? next : Math.min(next, forgetAt);
  }

  async function endDue(): Promise<number | null> {
    const swept = new Set<string>();
    for (;;) {
      const [first] = await store.select({ by: 'due' });
      if (first === undefined) return null;
      if (dueAt(first.hold) > now() && !isFromTheFuture(first.hold, now())) return dueAt(first.hold);
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

  async function list(viewer: Principal, filter: Filter = {}): Promise<readonly View[]> {
    bench.standing.seen(viewer);
    const pending = filter.state === undefined || filter.state === 'pending';
    const stored = await store.select({ by: pending ? 'pending' : 'live' });
    return stored
      .filter(({ hold }) => isIntact(hold) && maySee(hold, viewer))
      .map(({ hold }) => viewOf(hold, viewer, now()))
      .filter((view) => passes(view, filter));
  }

  return {
    present: (ask) => present(bench, { isClosing: () => closing, cooldownMs }, ask),
    consume: (use) => useApproval(bench, use),
    breakGlass: (breaking) => breakTheGlass(bench, breaking, glassPerDay),
    meets: (hold, spec) => isMet(spec.anyOf, hold.approvals),
    approve: (decided) => decide(bench, 'approve', decided),
    reject: (decided) => decide(bench, 'reject', decided),
    withdraw: (decided) => takeBack(bench, decided),
    batch: (act, all) => decideAll(bench, act, all),
    list,
    show(id, viewer) {
      bench.standing.seen(viewer);
      return show(bench, id, viewer);
    },
    history: (viewer, page = {}) => history(bench, viewer, page),
    async earlier(id, viewer) {
      await show(bench, id, viewer);
      const stored = await journal.peek({ by: 'id', id });
      return stored === null ? [] : history(bench, viewer, { shape: stored.names.shape, limit: 20 });
    },
    async grants(viewer) {
      const live = await list(viewer, { state: 'live' });
      return live.filter(({ grant, state }) => grant !== null && state !== 'pending');
    },
    revoke: ({ id, approver, reason }) =>
      decide(bench, 'revoke', { id, approver, reason, shown: { digest: '', version: 0 } }),
    watch(viewer, listener) {
      return feed.subscribe(({ transition, hold }) => {
        if (maySee(hold, viewer)) listener({ transition, hold: viewOf(hold, viewer, now()) });
      });
    },
    onStep: (listener) => feed.subscribe(() => listener()),
    onRevoked(listener) {
      return feed.subscribe(({ transition, hold }) => {
        if (transition === 'revoked' && hold.state === 'revoked') listener(hold.id);
      });
    },
    async isRevoked(id) {
      return (await journal.peek({ by: 'id', id }))?.hold.state === 'revoked';
    },
    seen: bench.standing.seen,
    drain,
    async close() {
      drain();
      await expiry.stop();
      await store.close();
    },
  };
}
