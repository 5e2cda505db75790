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

/** Names by which rows are found: keyed digests, which tell nothing by themselves. */
export interface Names {
  /** The request and its asker. */
  readonly key: string;
  readonly asker: string;
  readonly shape: string;
  /** What a grant is for; null without one. */
  readonly grant: string | null;
}

/** One transition: the hold as it will be, and the event that tells of it. */
export interface Change {
  readonly names: Names;
  /** Seal of the event, given back with it. */
  readonly seal: string;
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
  /** Place in the order of opening. */
  readonly n: number;
  readonly names: Names;
  readonly hold: HoldRecord;
  /** Receipt of each version's entry, for versions whose entry is known to be durable. */
  readonly receipts: Readonly<Record<number, Receipt>>;
  /** Events whose entries are not known to be durable, oldest first. */
  readonly owed: readonly Owed[];
}

/** An event of the outbox with the seal that it was committed with; null when the row can't be read. */
export interface Owed {
  readonly version: number;
  readonly event: HoldEvent | null;
  readonly seal: string;
}

/** How often somebody was refused, or broke the glass. Times in milliseconds since 1970. */
export interface Tally {
  /** Rejections of one shape. */
  readonly rejected: number;
  /** When the last of them was. */
  readonly lastRejected: number | null;
  /** Glass broken by the asker, whatever the shape. */
  readonly glass: number;
}

/** Something that people are told of, kept until it was delivered. */
export interface Notice {
  readonly id: string;
  readonly event: string;
  readonly hold: string;
  readonly rule: string;
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  /** Index of the webhook that it is for. */
  readonly target: number;
  readonly attempts: number;
}

/** Which holds. */
export type Query =
  | { readonly by: 'id'; readonly id: string }
  /** The newest of that request and asker, open or closed. */
  | { readonly by: 'key'; readonly key: string }
  /** Pending ones whose events are all durable, oldest first: nobody sees a hold before its entry. */
  | { readonly by: 'pending' }
  /** All that are live and owe nothing, oldest first. */
  | { readonly by: 'live' }
  /** Live approvals that are grants of that name, the newest first. */
  | { readonly by: 'grant'; readonly name: string }
  /** Closed ones that owe nothing, the newest first, those before that place; `n` of the last is the next place. */
  | { readonly by: 'closed'; readonly before: number; readonly limit: number; readonly shape: string | null }
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
 * `commit` resolved sees it. A mark is idempotent. What a stripped hold and a marked event said in clear is overwritten.
 * Deadline: each call ends within seconds, with `unavailable` when the file is locked or full for longer; a commit that
 * ended so may have happened.
 * Nothing read from here is trusted without a signed entry: who can write the file can write anything.
 */
export interface HoldStore {
  commit(change: Change): Promise<Committed>;
  /**
   * The entry of that version is durable: the event is owed no more, and the notices are owed from now on. Null: the
   * event is dropped, since it is not ours; the version has no receipt then.
   */
  mark(hold: string, version: number, receipt: Receipt | null, notices?: readonly Notice[]): Promise<void>;
  select(query: Query): Promise<readonly Stored[]>;
  /** What became of an asker's requests of one shape since then; both by name. */
  tally(asker: string, shape: string, since: number): Promise<Tally>;
  /**
   * Strips the closed holds that nobody needs to know of any longer, see `forgettableAt`, and removes those that were
   * closed before `before`. When the next can be stripped; null when there is none.
   */
  forget(now: number, before: number): Promise<number | null>;
  /** Exchanges of closed holds that still say who asked what, and owe no entry: what `strip` takes. */
  strippable(): Promise<readonly string[]>;
  /** Strips the closed holds of exchanges at once, whoever may still need to know of them; no file has what they said. */
  strip(exchanges: readonly string[]): Promise<void>;
  /** Notices that are due, oldest first, and when the next one is. */
  notices(now: number, limit: number): Promise<{ readonly due: readonly Notice[]; readonly next: number | null }>;
  /** A notice was delivered or given up (null), or is to be tried again at that time. */
  noticed(id: string, again: number | null): Promise<void>;
  close(): Promise<void>;
}
