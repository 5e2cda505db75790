import { type Approval, type AskingSide, type Requirement, samePerson, selfApprovals, suffices } from './approvals.ts';
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
  opened: {
    readonly asker: AskingSide | null;
    readonly anyOf: readonly (readonly Requirement[])[];
    /** Milliseconds, and uses at most; null where an approval is good once. */
    readonly grant: { readonly for: number; readonly uses: number } | null;
  } | null;
  readonly approvals: Approval[];
  /** Versions that used its grant. */
  readonly uses: Set<number>;
  /** When its grant was first used, milliseconds since 1970. */
  granted: number | null;
}

interface Claim {
  readonly hold: string;
  readonly where: string;
  readonly findings: Findings;
}

/** Milliseconds between a step and its entry. */
const clockTolerance = 60_000;

/** No hold seen yet. Keeps the holds that are open, and the names of those that were consumed. */
export function openHolds(): Holds {
  const open = new Map<string, HoldState>();
  /** Hold to the version that consumed it: an entry repeated after a crash has the same. */
  const consumed = new Map<string, number>();
  const unmet: Claim[] = [];
  const allowed: Claim[] = [];
  const broken: Claim[] = [];
  /** Holds whose broken glass a deviation tells of. */
  const told = new Set<string>();

  function stateOf(hold: string): HoldState {
    const state = open.get(hold) ?? { opened: null, approvals: [], uses: new Set<number>(), granted: null };
    open.set(hold, state);
    return state;
  }

  const steps: Readonly<Partial<Record<string, (entry: HoldEntry, where: string, findings: Findings) => void>>> = {
    opened(entry) {
      const { principal: asker = null, requirements: anyOf = [], grant = null } = entry;
      stateOf(entry.hold).opened = { asker, anyOf, grant };
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
    retracted({ hold, approver }) {
      const { approvals } = stateOf(hold);
      const mine = approvals.findIndex((one) => approver !== undefined && samePerson(one.approver, approver));
      if (mine >= 0) approvals.splice(mine, 1);
    },
    granted(entry, where, findings) {
      const state = stateOf(entry.hold);
      state.granted ??= entry.time;
      use(entry, state, where, findings);
    },
    consumed(entry, where, findings) {
      const { hold, version } = entry;
      const state = open.get(hold);
      if (state !== undefined && state.granted !== null) return use(entry, state, where, findings);
      const earlier = consumed.get(hold);
      if (earlier === version) return;
      if (earlier !== undefined) findings.add('hold_consumed_twice', where, `hold ${hold} was consumed before`);
      consumed.set(hold, version);
      if (met(state)) open.delete(hold);
      else unmet.push({ hold, where, findings });
    },
    broke_glass({ hold, version }, where, findings) {
      if (consumed.get(hold) !== version && consumed.has(hold))
        findings.add('hold_consumed_twice', where, `hold ${hold} was consumed before`);
      consumed.set(hold, version);
      open.delete(hold);
      broken.push({ hold, where, findings });
    },
    revoked: ({ hold, approver }) => void (approver !== undefined && open.delete(hold)),
    rejected: ({ hold }) => void open.delete(hold),
    expired: ({ hold }) => void open.delete(hold),
    withdrawn: ({ hold }) => void open.delete(hold),
  };

  /** A request that went on under a grant: within its time and its uses, after the approvals that it was opened for. */
  function use({ hold, version, time }: HoldEntry, state: HoldState, where: string, findings: Findings): void {
    if (state.uses.has(version)) return;
    state.uses.add(version);
    consumed.set(hold, version);
    const grant = state.opened?.grant ?? null;
    if (state.opened !== null && grant === null)
      findings.add('hold_unapproved', where, `hold ${hold} was approved for one request, not for a while`);
    else if (grant === null || !met(state)) unmet.push({ hold, where, findings });
    else if (state.uses.size > grant.uses)
      findings.add('hold_consumed_twice', where, `the grant of hold ${hold} was for ${grant.uses} uses`);
    else if (state.granted !== null && time - state.granted > grant.for + clockTolerance)
      findings.add('hold_unapproved', where, `the grant of hold ${hold} had ended`);
  }

  return {
    entry(entry, where, findings) {
      if (entry.kind === 'deviation' && entry.what === 'break glass' && entry.hold !== undefined) told.add(entry.hold);
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
      for (const { hold, where, findings } of broken.splice(0))
        if (!told.has(hold))
          findings.add('hold_unapproved', where, `hold ${hold}: the glass was broken, and no deviation tells of it`);
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
