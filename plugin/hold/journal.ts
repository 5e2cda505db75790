import { CountersignError } from '../errors.ts';
import { holdEvent, type Transition } from './event.ts';
import { isLive, reopen } from './hold.ts';
import type { HoldRecord } from './record.ts';
import type { HoldEvent, HoldLimits, HoldStore, Query, Receipt, Stored } from './store.ts';

/** Something that should not be, entered beside a refusal. */
export interface DeviationEvent {
  readonly kind: 'deviation';
  readonly exchange: string;
  readonly body: {
    readonly state: 'opened';
    readonly what: string;
    readonly detail: string;
    readonly count: 1;
    readonly hold: string;
  };
}

/** Makes an entry of an event; resolves when it is durable. */
export type Emit = (event: HoldEvent | DeviationEvent) => Promise<Receipt>;

/** Transitions, each in the store and in the log. Callers hold the lock of the hold's key, except for `peek`. */
export interface Journal {
  /**
   * Commit, append, mark: what resolves may be told to anybody.
   * @throws CountersignError `hold_limit`; `hold_state` when another process was faster; what `emit` rejects with
   */
  step(transition: Transition, from: HoldRecord | null, hold: HoldRecord): Promise<Receipt>;
  /**
   * The first hold of a query as it is stored, to learn its key before the lock is taken. Appends nothing: what is owed
   * may be the step of somebody who holds the lock.
   */
  peek(query: Query): Promise<Stored | null>;
  /** The first hold of a query, its owed entries appended first where this process failed to. */
  load(query: Query): Promise<Stored | null>;
  /** Appends what was owed when the last process ended. */
  recover(): Promise<void>;
}

/** Opens a journal on a store and a log. `closed` hears of each hold that ends, as soon as it can't be undone. */
export function openJournal(
  store: HoldStore,
  emit: Emit,
  limits: HoldLimits,
  closed: (hold: HoldRecord) => void,
): Journal {
  /** Holds of which an event was committed and then not appended, by this process. */
  const failed = new Set<string>();

  async function step(transition: Transition, from: HoldRecord | null, hold: HoldRecord): Promise<Receipt> {
    const event = holdEvent(transition, hold, from ?? hold);
    const committed = await store.commit({ hold, from: from?.version ?? 0, event, limits });
    if (committed === 'full')
      throw new CountersignError('hold_limit', 'too many requests wait for approval: ask again when some are decided');
    if (committed === 'conflict')
      throw new CountersignError('hold_state', 'somebody else was faster: look at the hold again');
    if (!isLive(hold)) closed(hold);
    failed.add(hold.id);
    const receipt = await emit(event);
    await store.mark(hold.id, hold.version, receipt);
    failed.delete(hold.id);
    return receipt;
  }

  /**
   * What comes from the outbox is entered without its approver, and an approval is taken back: nobody was told that it
   * counts, and a row that somebody wrote into the file must not become a signed approval (threat 6).
   */
  async function settle({ hold, owed }: Stored): Promise<void> {
    for (const event of owed) await store.mark(hold.id, event.body.version, await emit(recovered(event)));
    failed.delete(hold.id);
    const lost = owed.filter(({ body }) => body.transition === 'approved').map(({ body }) => body.version);
    const next = lost.length > 0 ? reopen(hold, lost) : null;
    if (next !== null && 'hold' in next) await step('revoked', hold, next.hold);
  }

  async function peek(query: Query): Promise<Stored | null> {
    const [stored] = await store.select(query);
    return stored ?? null;
  }

  return {
    step,
    peek,
    async load(query) {
      const stored = await peek(query);
      if (stored === null || !failed.has(stored.hold.id)) return stored;
      await settle(stored);
      return peek({ by: 'id', id: stored.hold.id });
    },
    async recover() {
      for (const stored of await store.select({ by: 'owed' })) await settle(stored);
    },
  };
}

/** Nobody's name: what an outbox row says of people is not proven. */
function recovered(event: HoldEvent): HoldEvent {
  const { approver: _, ...body } = event.body;
  return { ...event, body: { ...body, recovered: true } as HoldEvent['body'] };
}
