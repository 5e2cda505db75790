import { CountersignError } from '../errors.ts';
import { type Evidence, unprovenApproval } from './evidence.ts';
import type { Emit, Journal } from './journal.ts';
import type { Lock } from './lock.ts';
import { type HoldRecord, isIntact } from './record.ts';
import type { Stored } from './store.ts';
import type { Waiters } from './waiters.ts';

/** What the desk's parts work with. */
export interface Bench {
  readonly journal: Journal;
  readonly emit: Emit;
  readonly evidence: Evidence;
  readonly lock: Lock;
  readonly waiters: Waiters;
  readonly closings: Closings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** When this desk was opened, milliseconds since 1970. */
  readonly since: number;
  /** A live hold ends at this time, milliseconds since 1970. */
  readonly due: (at: number) => void;
}

/** Holds that this process closed: what the store's file says of them later does not matter. */
export interface Closings {
  has(id: string): boolean;
  add(hold: HoldRecord): void;
}

/** Remembers a closed hold for as long as its approvals could count. */
export function openClosings(now: () => number): Closings {
  const until = new Map<string, number>();
  return {
    has: (id) => until.has(id),
    add({ id, expires, spec }) {
      for (const [other, end] of until) {
        if (end > now()) break;
        until.delete(other);
      }
      until.set(id, Math.max(expires, now()) + spec.validForMs);
    },
  };
}

/**
 * Refuses a live hold whose row is not what was opened, or that was closed before.
 * @throws CountersignError `hold_state`, after a deviation was entered
 */
export async function refuseAltered(bench: Bench, hold: HoldRecord): Promise<void> {
  if (isIntact(hold) && !bench.closings.has(hold.id)) return;
  await report(bench, hold, 'the row in the store is not what the log says of it');
}

/**
 * Refuses an approved hold that the signed log does not bear out.
 * @throws CountersignError `hold_state`, after a deviation was entered
 */
export async function refuseUnproven(bench: Bench, stored: Stored): Promise<void> {
  if (stored.owed.length > 0)
    throw new CountersignError('hold_state', 'another process is about to enter what was decided: send it again');
  const fault = await unprovenApproval(stored, bench.evidence, { now: bench.now(), since: bench.since });
  if (fault !== null) await report(bench, stored.hold, fault);
}

async function report({ emit }: Bench, hold: HoldRecord, detail: string): Promise<never> {
  await emit({
    kind: 'deviation',
    exchange: hold.exchange,
    body: { state: 'opened', what: 'hold without evidence', detail, count: 1, hold: hold.id },
  });
  throw new CountersignError('hold_state', `the audit log does not bear out this hold: ${detail}`);
}
