import { type Approval, type AskingSide, type Requirement, selfApprovals, suffices } from './approvals.ts';
import type { Entry } from './entry.ts';
import type { Findings } from './report.ts';

/** Follows holds: a request that waited went on once, and only after enough people of the right groups said yes. */
export interface Holds {
  entry(entry: Entry, where: string, findings: Findings): void;
  /** After the last log. Number of holds that were consumed. */
  settle(): number;
}

type HoldEntry = Entry & { readonly kind: 'hold' };

interface HoldState {
  opened: { readonly asker: AskingSide | null; readonly anyOf: readonly (readonly Requirement[])[] } | null;
  readonly approvals: Approval[];
}

interface Claim {
  readonly hold: string;
  readonly where: string;
  readonly findings: Findings;
}

/** No hold seen yet. Keeps the holds that are open, and the names of those that were consumed. */
export function openHolds(): Holds {
  const open = new Map<string, HoldState>();
  /** Hold to the version that consumed it: an entry repeated after a crash has the same. */
  const consumed = new Map<string, number>();
  const unmet: Claim[] = [];
  const allowed: Claim[] = [];

  function stateOf(hold: string): HoldState {
    const state = open.get(hold) ?? { opened: null, approvals: [] };
    open.set(hold, state);
    return state;
  }

  const steps: Readonly<Partial<Record<string, (entry: HoldEntry, where: string, findings: Findings) => void>>> = {
    opened(entry) {
      stateOf(entry.hold).opened = { asker: entry.principal ?? null, anyOf: entry.requirements ?? [] };
    },
    approved({ hold, version, approver, groups = [] }, where, findings) {
      const state = stateOf(hold);
      if (approver === undefined || state.approvals.some((approval) => approval.version === version)) return;
      const approval = { version, approver, groups };
      state.approvals.push(approval);
      const asker = state.opened?.asker;
      if (asker && selfApprovals(asker, [approval]).length > 0)
        findings.add('hold_self_approved', where, `hold ${hold} is approved by the side that asks`);
    },
    consumed({ hold, version }, where, findings) {
      const earlier = consumed.get(hold);
      if (earlier === version) return;
      if (earlier !== undefined) findings.add('hold_consumed_twice', where, `hold ${hold} was consumed before`);
      consumed.set(hold, version);
      if (met(open.get(hold))) open.delete(hold);
      else unmet.push({ hold, where, findings });
    },
    rejected: ({ hold }) => void open.delete(hold),
    expired: ({ hold }) => void open.delete(hold),
    withdrawn: ({ hold }) => void open.delete(hold),
  };

  return {
    entry(entry, where, findings) {
      if (entry.kind === 'hold') steps[entry.transition]?.(entry, where, findings);
      if (
        entry.kind === 'decision' &&
        entry.verdict === 'allow' &&
        entry.hold !== undefined &&
        !consumed.has(entry.hold)
      )
        allowed.push({ hold: entry.hold, where, findings });
    },
    settle() {
      for (const { hold, where, findings } of unmet.splice(0))
        if (!met(open.get(hold)))
          findings.add(
            'hold_unapproved',
            where,
            `hold ${hold} was consumed without the approvals that it was opened for`,
          );
      for (const { hold, where, findings } of allowed.splice(0))
        if (!consumed.has(hold))
          findings.add('hold_not_consumed', where, `an allow rests on hold ${hold}, which no entry consumes`);
      return consumed.size;
    },
  };
}

/** Approvals of the asking side do not count. */
function met(state: HoldState | undefined): boolean {
  if (!state?.opened) return false;
  const { asker, anyOf } = state.opened;
  const own = new Set(asker === null ? [] : selfApprovals(asker, state.approvals));
  return suffices(
    anyOf,
    state.approvals.filter((approval) => !own.has(approval)),
  );
}
