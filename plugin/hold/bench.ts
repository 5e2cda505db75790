import { CountersignError } from '../errors.ts';
import { type Evidence, unprovenApproval } from './evidence.ts';
import type { Feed } from './feed.ts';
import { isLive, lifeOf } from './hold.ts';
import { type Emit, type Journal, withoutEvidence } from './journal.ts';
import type { Lock } from './lock.ts';
import { type HoldRecord, isIntact } from './record.ts';
import type { Secret } from './secret.ts';
import type { Standing } from './standing.ts';
import type { HoldStore, Stored } from './store.ts';
import type { Waiters } from './waiters.ts';

/** What the desk's parts work with. */
export interface Bench {
  readonly store: HoldStore;
  readonly journal: Journal;
  readonly emit: Emit;
  readonly evidence: Evidence;
  readonly lock: Lock;
  readonly waiters: Waiters;
  readonly steps: Steps;
  readonly secret: Secret;
  readonly standing: Standing;
  readonly feed: Feed;
  /** Milliseconds since 1970; never goes back. */
  readonly now: () => number;
  /** When this desk was opened, milliseconds since 1970. */
  readonly since: number;
  /** A live hold ends at this time, milliseconds since 1970. */
  readonly due: (at: number) => void;
}

/** The last step of each hold that this process took: a row that the store's file sets back is refused. */
export interface Steps {
  /** Why the row can't be what this process, or another after it, made of the hold; null when it can. */
  fault(hold: HoldRecord): string | null;
  add(hold: HoldRecord): void;
}

interface Step {
  readonly version: number;
  readonly used: number;
  readonly live: boolean;
  /** Milliseconds since 1970 after which the row can't admit anybody. */
  readonly until: number;
}

/** Steps that are remembered before the old ones are looked through. */
const sweepAt = 1_000;

/** Remembers each hold for as long as its approvals could count. */
export function openSteps(now: () => number): Steps {
  const steps = new Map<string, Step>();
  let sweep = sweepAt;
  return {
    fault(hold) {
      const known = steps.get(hold.id);
      if (known === undefined) return null;
      if (!known.live && isLive(hold)) return 'it was closed before';
      if (hold.version < known.version) return 'the row in the store was set back';
      // Of a live grant each step is a use.
      const forgot = hold.state === 'granted' && hold.used - known.used < hold.version - known.version;
      return forgot && known.used > 0 ? 'the row in the store has forgotten uses' : null;
    },
    add(hold) {
      if (steps.size >= sweep) {
        for (const [id, { until }] of steps) if (until <= now()) steps.delete(id);
        sweep = Math.max(sweepAt, steps.size * 2);
      }
      const until = Math.max(hold.expires, hold.validUntil ?? 0, now()) + lifeOf(hold);
      steps.set(hold.id, { version: hold.version, used: hold.used, live: isLive(hold), until });
    },
  };
}

/**
 * Refuses a live hold whose row is not what was opened, or that was closed before.
 * @throws CountersignError `hold_state`, after a deviation was entered
 */
export async function refuseAltered(bench: Bench, hold: HoldRecord): Promise<void> {
  if (!isIntact(hold)) await report(bench, hold, 'the row in the store is not what the log says of it');
  const fault = bench.steps.fault(hold);
  if (fault !== null) await report(bench, hold, fault);
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
  await emit(withoutEvidence(hold, detail));
  throw new CountersignError('hold_state', `the audit log does not bear out this hold: ${detail}`);
}
