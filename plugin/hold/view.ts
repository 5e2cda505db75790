import type { JsonObject, Principal } from '../request.ts';
import { dueAt, entitled, groupsIn } from './hold.ts';
import { relation, relationToAsker } from './people.ts';
import type { Approval, HoldRecord, HoldState } from './record.ts';
import { lacking } from './requirement.ts';
import type { Requirement } from './spec.ts';

/** A hold as one viewer may see it. Times in milliseconds since 1970. */
export interface View {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
  readonly state: HoldState;
  readonly asker: {
    readonly id: string;
    readonly issuer: string;
    readonly kind: Principal['kind'];
    readonly owner: string | null;
    readonly actors: Principal['actors'];
  };
  readonly rule: string;
  readonly policyDigest: string;
  readonly reason: string;
  /** The asker's own words: nobody vouches for them. */
  readonly justification: string | null;
  readonly display: JsonObject | null;
  readonly opened: number;
  /** When it ends by itself. */
  readonly ends: number;
  readonly approvals: readonly Pick<Approval, 'approver' | 'group' | 'reason' | 'at'>[];
  readonly rejection: HoldRecord['rejection'];
  /** One of these lists is still needed; empty once the hold is closed. */
  readonly needed: readonly (readonly Requirement[])[];
  /** Why this viewer may not decide on it; null when they may. */
  readonly barred: string | null;
}

/** The members of the groups that it waits for see it, and the side that asks. */
export function maySee(hold: HoldRecord, viewer: Principal): boolean {
  return groupsIn(hold, viewer).length > 0 || relationToAsker(hold.asker, viewer) === 'same';
}

/** The hold as this viewer sees it. */
export function viewOf(hold: HoldRecord, viewer: Principal, now: number): View {
  const { id, issuer, kind, owner, actors } = hold.asker;
  return {
    id: hold.id,
    version: hold.version,
    digest: hold.digest,
    state: hold.state,
    asker: { id, issuer, kind, owner, actors },
    rule: hold.rule,
    policyDigest: hold.policyDigest,
    reason: hold.spec.reason,
    justification: hold.justification,
    display: hold.display,
    opened: hold.opened,
    ends: dueAt(hold),
    approvals: hold.approvals.map(({ approver, group, reason, at }) => ({ approver, group, reason, at })),
    rejection: hold.rejection,
    needed: hold.state === 'pending' ? lacking(hold.spec.anyOf, hold.approvals) : [],
    barred: barred(hold, viewer, now),
  };
}

function barred(hold: HoldRecord, viewer: Principal, now: number): string | null {
  const refusal = entitled(hold, viewer);
  if (refusal !== null) return refusal.message;
  if (hold.state !== 'pending' || hold.expires <= now) return `the hold is ${hold.state}`;
  const mine = hold.approvals.some(({ approver }) => relation(approver, viewer) === 'same');
  return mine ? 'you have approved it already' : null;
}
