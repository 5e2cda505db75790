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

/** Counters of sessions and principals, in memory. Every method is synchronous and takes a microsecond. */
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
  /** Sessions kept; the one that was silent longest goes first. Some 300 bytes each. */
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
  const sessions = new Map<string, Mutable>();
  const principals = new Map<string, Mutable>();
  const dirty = new Set<Mutable>();

  /** Both maps are in the order of last use: the first is the one to forget. */
  function touch(map: Map<string, Mutable>, limit: number, row: Mutable): void {
    map.delete(row.key);
    map.set(row.key, row);
    if (map.size <= limit) return;
    for (const [key, oldest] of map) {
      map.delete(key);
      dirty.delete(oldest);
      return;
    }
  }

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
      touch(sessions, limits.sessions, own);
      touch(principals, limits.principals, all);
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
      yield* sessions.values();
      yield* principals.values();
    },
    restore(rows) {
      const at = now();
      for (const row of rows) {
        const map = row.principal === null ? principals : sessions;
        const ended = row.principal === null ? at - row.started > limits.window : at - row.last > limits.idle;
        if (ended) map.delete(row.key);
        else touch(map, row.principal === null ? limits.principals : limits.sessions, { ...row });
      }
    },
    get size() {
      return sessions.size + principals.size;
    },
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
