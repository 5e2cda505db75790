import { createHash } from 'node:crypto';
import type { Principal } from '../request.ts';

/** What was counted, in a session or for a principal. */
export interface Counts {
  /** Requests that were asked about, this one included. */
  readonly requests: number;
  readonly denied: number;
  readonly held: number;
  /** Values masked in responses that have ended. */
  readonly masked_fields: number;
  /** Milliseconds since 1970: when counting began. */
  readonly started: number;
}

/** What policy sees of a session: its own counters, and its principal's over all sessions. */
export interface SessionFacts extends Counts {
  readonly key: string;
  /** A caller chooses session ids; nobody chooses whom a token names: limits that must hold are on these (threat 22). */
  readonly principal: Counts;
}

/** Counters of sessions and principals, in memory. Every method is synchronous and takes a few microseconds. */
export interface Counters {
  /** Counts one request, before the policy is asked: of requests at the same time each sees a number of its own. */
  asked(session: string, principal: Pick<Principal, 'issuer' | 'id'>): SessionFacts;
  denied(session: string): void;
  held(session: string): void;
  /** Of a response. One whose session is forgotten counts nowhere. */
  masked(session: string, values: number): void;
  /** Rows that changed since the last call. */
  changed(): readonly Row[];
  /** Every row, oldest first. */
  rows(): Iterable<Row>;
  /** Puts rows back, as they were read. A later one of the same key replaces an earlier one. */
  restore(rows: Iterable<Row>): void;
  /** Rows in memory. */
  readonly size: number;
}

/** One row as it is kept: of a session when it names its principal's key, else of a principal. */
export interface Row extends Counts {
  readonly key: string;
  readonly principal: string | null;
  /** Milliseconds since 1970: when it was last asked about. */
  readonly last: number;
}

/** Bounds of memory and time. */
export interface CounterLimits {
  /** Sessions kept at most; those that were silent longest go first, many at a time. Some 300 bytes each. */
  readonly sessions: number;
  /** Principals kept, apart from sessions, so that nobody forgets their own counters by opening many of those. */
  readonly principals: number;
  /** Milliseconds without a request after which a session is forgotten. */
  readonly idle: number;
  /** Milliseconds after which a principal's counters begin again. */
  readonly window: number;
}

type Mutable = { -readonly [Name in keyof Row]: Row[Name] };

/** Opens empty counters. `now` is milliseconds since 1970. */
export function openCounters(limits: CounterLimits, now: () => number = Date.now): Counters {
  const sessions = openRows(limits.sessions);
  const principals = openRows(limits.principals);
  const dirty = new Set<Mutable>();

  function sessionRow(key: string, principal: string, at: number): Mutable {
    const there = sessions.get(key);
    if (there !== undefined && at - there.last <= limits.idle) return there;
    return fresh(key, principal, at);
  }

  function principalRow(key: string, at: number): Mutable {
    const there = principals.get(key);
    if (there !== undefined && at - there.started <= limits.window) return there;
    return fresh(key, null, at);
  }

  /** In a session's row and its principal's, where they are known. */
  function count(session: string, name: 'denied' | 'held' | 'masked_fields', by: number): void {
    const own = sessions.get(session);
    if (own === undefined) return;
    for (const row of [own, principals.get(own.principal ?? '')]) {
      if (row === undefined) continue;
      row[name] += by;
      dirty.add(row);
    }
  }

  return {
    asked(session, principal) {
      const at = now();
      const key = principalKey(principal);
      const own = sessionRow(session, key, at);
      const all = principalRow(key, at);
      for (const row of [own, all]) {
        row.requests += 1;
        row.last = at;
        dirty.add(row);
      }
      sessions.keep(own);
      principals.keep(all);
      return { key: session, ...counts(own), principal: counts(all) };
    },
    denied: (session) => count(session, 'denied', 1),
    held: (session) => count(session, 'held', 1),
    masked(session, values) {
      if (values > 0) count(session, 'masked_fields', values);
    },
    changed() {
      const rows = [...dirty].map((row) => ({ ...row }));
      dirty.clear();
      return rows;
    },
    *rows() {
      yield* sessions.rows();
      yield* principals.rows();
    },
    restore(rows) {
      const at = now();
      for (const row of rows) {
        const ended = row.principal === null ? at - row.started > limits.window : at - row.last > limits.idle;
        if (!ended) (row.principal === null ? principals : sessions).keep({ ...row });
      }
    },
    get size() {
      return sessions.size() + principals.size();
    },
  };
}

interface Rows {
  get(key: string): Mutable | undefined;
  /** Puts a row where it is found, as one that was just used. */
  keep(row: Mutable): void;
  rows(): Iterable<Mutable>;
  size(): number;
}

/**
 * Rows by key, `limit` at most. Two generations, of which the older goes as a whole when the younger has grown to half of
 * the limit: whoever was used since then has moved. An order kept by deleting from the front would make a map slow.
 */
function openRows(limit: number): Rows {
  let young = new Map<string, Mutable>();
  let old = new Map<string, Mutable>();
  return {
    get: (key) => young.get(key) ?? old.get(key),
    keep(row) {
      if (young.get(row.key) === row) return;
      old.delete(row.key);
      young.set(row.key, row);
      if (young.size * 2 < limit) return;
      old = young;
      young = new Map();
    },
    *rows() {
      yield* old.values();
      yield* young.values();
    },
    size: () => young.size + old.size,
  };
}

function fresh(key: string, principal: string | null, at: number): Mutable {
  return { key, principal, requests: 0, denied: 0, held: 0, masked_fields: 0, started: at, last: at };
}

function counts({ requests, denied, held, masked_fields, started }: Row): Counts {
  return { requests, denied, held, masked_fields, started };
}

/** 32 hexadecimal digits: whoever acts for a principal spends of the same budget. */
function principalKey({ issuer, id }: Pick<Principal, 'issuer' | 'id'>): string {
  return createHash('sha256')
    .update(`${Buffer.byteLength(issuer)}:${issuer}${id}`)
    .digest('hex')
    .slice(0, 32);
}
