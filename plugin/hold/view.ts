import type { JsonObject, Principal } from '../request.ts';
import { dueAt, entitled, groupsIn } from './hold.ts';
import { relation, relationToAsker } from './people.ts';
import type { Approval, HoldRecord, HoldState } from './record.ts';
import { lacking } from './requirement.ts';
import type { GrantSpec, Requirement } from './spec.ts';
import { isOpen, windowText } from './window.ts';

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
  /** Why this viewer may not approve it; null when they may. */
  readonly barred: string | null;
  /** Hours in which it may be approved, as people read them; null is always. */
  readonly hours: string | null;
  /** What an approval is good for, and how often it was used; null for once. */
  readonly grant: (GrantSpec & { readonly used: number }) | null;
  /** This viewer approved it, and may take that back. */
  readonly mine: boolean;
  /** How often requests of this shape by this asker were rejected within a day; null where it was not looked up. */
  readonly rejectedBefore: number | null;
  /** Nobody approved: a human broke the glass. */
  readonly glass: boolean;
  readonly closed: number | null;
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
    hours: hold.spec.windows.length === 0 ? null : windowText(hold.spec.windows),
    grant: hold.spec.grant === null ? null : { ...hold.spec.grant, used: hold.used },
    mine: hold.approvals.some(({ approver }) => relation(approver, viewer) === 'same'),
    rejectedBefore: null,
    glass: hold.glass,
    closed: hold.closed,
  };
}

function barred(hold: HoldRecord, viewer: Principal, now: number): string | null {
  const refusal = entitled(hold, viewer);
  if (refusal !== null) return refusal.message;
  if (hold.state !== 'pending' || hold.expires <= now) return `the hold is ${hold.state}`;
  if (!isOpen(hold.spec.windows, now)) return `it may be approved from ${windowText(hold.spec.windows)}`;
  const mine = hold.approvals.some(({ approver }) => relation(approver, viewer) === 'same');
  return mine ? 'you have approved it already' : null;
}
