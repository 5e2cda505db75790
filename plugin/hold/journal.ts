import { CountersignError } from '../errors.ts';
import { type Deed, holdEvent, type Transition } from './event.ts';
import { isLive, reopen } from './hold.ts';
import { type HoldRecord, isIntact } from './record.ts';
import type { Secret } from './secret.ts';
import type { HoldEvent, HoldLimits, HoldStore, Notice, Query, Receipt, Stored } from './store.ts';

/** Something that should not be, entered beside a refusal, or beside what somebody took upon themselves. */
export interface DeviationEvent {
  readonly kind: 'deviation';
  readonly exchange?: string;
  readonly body: {
    readonly state: 'opened';
    readonly what: string;
    readonly detail: string;
    readonly count: 1;
    readonly hold: string;
    /** Who did it, where somebody did. */
    readonly by?: { readonly id: string; readonly issuer: string; readonly person?: string };
  };
}

/** A row of the store is not what the log says. Nothing of it is repeated that was altered. */
export function withoutEvidence(hold: HoldRecord, detail: string): DeviationEvent {
  return {
    kind: 'deviation',
    ...(isIntact(hold) ? { exchange: hold.exchange } : {}),
    body: { state: 'opened', what: 'hold without evidence', detail, count: 1, hold: hold.id.slice(0, 24) },
  };
}

/** Makes an entry of an event; resolves when it is durable. */
export type Emit = (event: HoldEvent | DeviationEvent) => Promise<Receipt>;

/** Transitions, each in the store and in the log. Callers hold the lock of the hold's key, except for `peek`. */
export interface Journal {
  /**
   * Commit, append, mark: what resolves may be told to anybody.
   * @throws CountersignError `hold_limit`; `hold_state` when another process was faster; `unavailable` when the store
   * does not answer; what `emit` rejects with
   */
  step(transition: Transition, from: HoldRecord | null, hold: HoldRecord, deed?: Deed | null): Promise<Receipt>;
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

/** What a journal stands on. */
export interface JournalParts {
  readonly store: HoldStore;
  readonly emit: Emit;
  readonly limits: HoldLimits;
  readonly secret: Secret;
  /** Hears of each step as soon as it can't be undone. */
  readonly committed: (hold: HoldRecord) => void;
  /** Hears of each step that has its entry. */
  readonly entered: (transition: Transition, hold: HoldRecord) => void;
  /** Whom a step is told to, kept with the mark that its entry is durable. */
  readonly notices: (transition: Transition, hold: HoldRecord) => readonly Notice[];
}

/** Opens a journal on a store and a log. */
export function openJournal(parts: JournalParts): Journal {
  const { store, emit, limits, secret } = parts;
  /** Holds of which an event may have been committed and was then not appended, by this process. */
  const failed = new Set<string>();

  async function step(
    transition: Transition,
    from: HoldRecord | null,
    hold: HoldRecord,
    deed: Deed | null = null,
  ): Promise<Receipt> {
    const event = holdEvent(transition, hold, from ?? hold, deed);
    const change = { hold, from: from?.version ?? 0, event, limits, seal: secret.seal(event) };
    failed.add(hold.id);
    // The names are those of the request, also when the record has forgotten it.
    const committed = await store.commit({ ...change, names: secret.names(from ?? hold) });
    if (committed !== 'committed') failed.delete(hold.id);
    if (committed === 'full')
      throw new CountersignError('hold_limit', 'too many requests wait for approval: ask again when some are decided');
    if (committed === 'conflict')
      throw new CountersignError('hold_state', 'somebody else was faster: look at the hold again');
    parts.committed(hold);
    const receipt = await emit(event);
    await store.mark(hold.id, hold.version, receipt, parts.notices(transition, hold));
    failed.delete(hold.id);
    parts.entered(transition, hold);
    return receipt;
  }

  /**
   * What comes from the outbox is entered without its approver, and an approval is taken back: nobody was told that it
   * counts, and a row that somebody wrote into the file must not become a signed approval (threat 6). An event that was
   * not sealed by us is reported and never entered.
   */
  async function settle({ hold, owed }: Stored): Promise<void> {
    for (const { version, event, seal } of owed) {
      const own = event !== null && event.body.version === version && event.body.hold === hold.id;
      if (own && secret.isSealed(event, seal)) await store.mark(hold.id, version, await emit(recovered(event)));
      else await drop(hold, version);
    }
    failed.delete(hold.id);
    const lost = owed.map(({ version }) => version).filter((version) => isApproval(hold, version));
    const next = lost.length > 0 ? reopen(hold, lost) : null;
    if (next !== null && 'hold' in next) await step('revoked', hold, next.hold);
    else if (!isLive(hold)) parts.committed(hold);
  }

  async function drop(hold: HoldRecord, version: number): Promise<void> {
    await emit(withoutEvidence(hold, 'the outbox had an event that this service did not write'));
    await store.mark(hold.id, version, null);
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

function isApproval({ approvals }: HoldRecord, version: number): boolean {
  return approvals.some((approval) => approval.version === version);
}
