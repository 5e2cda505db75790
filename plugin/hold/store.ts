import type { HoldRecord } from './record.ts';

/** Where an entry stands in the log. */
export interface Receipt {
  readonly origin: string;
  readonly seq: number;
  /** Hex SHA-256 of the entry's bytes. */
  readonly digest: string;
}

/** A transition as the log takes it. Values of `committed` are base64 in the store. */
export interface HoldEvent {
  readonly kind: 'hold';
  readonly exchange: string;
  readonly principal: {
    readonly id: string;
    readonly issuer: string;
    readonly groups: readonly string[];
    readonly actors: readonly { readonly id: string; readonly issuer: string }[];
  };
  readonly policyDigest: string;
  readonly body: { readonly hold: string; readonly version: number; readonly transition: string } & Readonly<
    Record<string, unknown>
  >;
  readonly committed: Readonly<Record<string, Uint8Array>>;
}

/** Open holds allowed at one time. */
export interface HoldLimits {
  readonly pending: number;
  readonly pendingPerPrincipal: number;
}

/** One transition: the hold as it will be, and the event that tells of it. */
export interface Change {
  readonly hold: HoldRecord;
  /** The version that it was in; 0 opens it. */
  readonly from: number;
  readonly event: HoldEvent;
  /** Checked when it opens one. */
  readonly limits: HoldLimits;
}

/** `conflict`: another version is there, or another live hold of the same request; `full`: a limit is reached. */
export type Committed = 'committed' | 'conflict' | 'full';

/** A hold with what became of its events. */
export interface Stored {
  readonly hold: HoldRecord;
  /** Receipt of each version's entry, for versions whose entry is known to be durable. */
  readonly receipts: Readonly<Record<number, Receipt>>;
  /** Events whose entries are not known to be durable, oldest first. */
  readonly owed: readonly HoldEvent[];
}

/** Which holds. */
export type Query =
  | { readonly by: 'id'; readonly id: string }
  /** The newest of that request and asker, open or closed. */
  | { readonly by: 'key'; readonly key: string }
  /** Pending ones whose events are all durable, oldest first: nobody sees a hold before its entry. */
  | { readonly by: 'pending' }
  /** The live one that ends first. */
  | { readonly by: 'due' }
  /** All that owe an entry. */
  | { readonly by: 'owed' };

/**
 * Keeps holds over restarts.
 *
 * Durability: what `commit` and `mark` resolved is there after a power failure. Atomicity: `commit` is one transaction
 * of guard (version, at most one live hold per request and asker, limits), new state, and an outbox row with the event;
 * of two commits from one version, by whatever process, one is `committed`. Ordering: a `select` that is called after a
 * `commit` resolved sees it. A mark is idempotent. What a closed hold and a marked event said in clear is overwritten.
 * Nothing read from here is trusted without a signed entry: who can write the file can write anything.
 */
export interface HoldStore {
  commit(change: Change): Promise<Committed>;
  /** The entry of that version is durable: the event is owed no more. */
  mark(hold: string, version: number, receipt: Receipt): Promise<void>;
  select(query: Query): Promise<readonly Stored[]>;
  close(): Promise<void>;
}
