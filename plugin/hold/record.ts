import { createHash, randomBytes } from 'node:crypto';
import type { JsonObject } from '../request.ts';
import type { Approver, Asker } from './people.ts';
import type { HoldSpec } from './spec.ts';

/** `granted`: an approval for a while that is in use; the last six are closed. */
export type HoldState =
  | 'pending'
  | 'approved'
  | 'granted'
  | 'rejected'
  | 'expired'
  | 'withdrawn'
  | 'consumed'
  | 'revoked';

/** One request that went on under a grant. */
export interface GrantUse {
  readonly httpId: string;
  readonly digest: string;
  /** The hold's version that it made: names its entry. */
  readonly version: number;
  readonly at: number;
}

/** One person's yes. It is worth nothing without the signed log entry that says the same (threat 6). */
export interface Approval {
  /** The hold's version that it made: names its entry. */
  readonly version: number;
  readonly approver: Approver;
  /** Of the approver's groups those that the hold asks for. */
  readonly groups: readonly string[];
  /** The one of them in which it counted when it was given. */
  readonly group: string;
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One hold, as the store keeps it. Times in milliseconds since 1970. */
export interface HoldRecord {
  /** `h_` and 22 characters: a digest over the members down to `expires`, `display` and `justification` by `seen`, so that none of them can be altered. */
  readonly id: string;
  /** 16 random bytes, hex. */
  readonly nonce: string;
  /** The exchange that opened it; the later ones of the same request belong to it. */
  readonly exchange: string;
  /** Hex; what exactly is approved (`requestDigest`). */
  readonly digest: string;
  readonly asker: Asker;
  readonly spec: HoldSpec;
  readonly policyDigest: string;
  readonly rule: string;
  /** What the approver sees; null once the hold is closed. */
  readonly display: JsonObject | null;
  /** The asker's words; null when there are none, or the hold is closed. */
  readonly justification: string | null;
  /** Hex; the command shape, whatever the literals: rejections of one shape are counted. */
  readonly shape: string;
  /** Hex; what another request must equal to go on under this one's grant; null without a grant. */
  readonly grantKey: string | null;
  /** Hex SHA-256 of the nonce, `display` and `justification`: stays when they go. */
  readonly seen: string;
  readonly opened: number;
  readonly expires: number;

  readonly state: HoldState;
  /** 1 when opened; one more with each transition. */
  readonly version: number;
  readonly approvals: readonly Approval[];
  readonly rejection: { readonly approver: Approver; readonly reason: string; readonly at: number } | null;
  /** When the approvals end; null until they suffice. */
  readonly validUntil: number | null;
  readonly consumed: { readonly httpId: string; readonly at: number } | null;
  /** How often its grant was used, and the uses that their streams may repeat. */
  readonly used: number;
  readonly uses: readonly GrantUse[];
  /** Nobody approved: a human broke the glass. */
  readonly glass: boolean;
  /** When it was closed; null while it is live. */
  readonly closed: number | null;
}

/** What a hold is opened with. */
export type Opening = Pick<
  HoldRecord,
  | 'exchange'
  | 'digest'
  | 'asker'
  | 'spec'
  | 'policyDigest'
  | 'rule'
  | 'display'
  | 'justification'
  | 'shape'
  | 'grantKey'
>;

/** A new hold, pending, in version 1. */
export function openHold(opening: Opening, now: number): HoldRecord {
  // As the store will give it back: what JSON does not keep (a long number's digits) must not alter the id.
  const kept = JSON.parse(JSON.stringify(openingOf(opening))) as Opening;
  const { id, issuer, kind, groups, actors, person, owner } = kept.asker;
  const nonce = randomBytes(16).toString('hex');
  const fixed = {
    ...kept,
    asker: { id, issuer, kind, groups, actors, person, owner },
    nonce,
    seen: seenDigest(nonce, kept),
    opened: now,
    expires: now + kept.spec.expiresMs,
  };
  const changing = {
    state: 'pending',
    version: 1,
    approvals: [],
    rejection: null,
    validUntil: null,
    consumed: null,
    used: 0,
    uses: [],
    glass: false,
    closed: null,
  } as const;
  return { id: idOf(fixed), ...fixed, ...changing };
}

/** These members only: what else a caller's value has (claims, a signal) is not for the store. */
function openingOf(opening: Opening): Opening {
  const { exchange, digest, asker, spec, policyDigest, rule, display, justification, shape, grantKey } = opening;
  return { exchange, digest, asker, spec, policyDigest, rule, display, justification, shape, grantKey };
}

/** Names the same request of the same asking side: how a repeated request finds its hold. */
export function keyOf(hold: Pick<HoldRecord, 'digest' | 'asker'>): string {
  return sha256([hold.digest, hold.asker.issuer, hold.asker.id]).toString('hex');
}

/** Names the asker: limits count by it. */
export function askerKey(asker: Pick<Asker, 'id' | 'issuer'>): string {
  return sha256([asker.issuer, asker.id]).toString('hex');
}

/**
 * True while a hold is what it was opened as. Its id stands in signed entries; whoever edits the store's row can give it
 * another digest, asker, requirement or display, but not one that the id still names.
 */
export function isIntact(hold: HoldRecord): boolean {
  if (hold.id !== idOf(hold)) return false;
  return hold.display === null || hold.seen === seenDigest(hold.nonce, hold);
}

const nobody = { id: '', issuer: '', person: null };

/**
 * A closed hold without anything that says who asked what: it keeps its id, rule, times and the versions whose entries
 * the log has (holds.md: closed holds keep commitments only).
 */
export function stripped(hold: HoldRecord): HoldRecord {
  return {
    ...hold,
    ...{ digest: '', nonce: '', seen: '', shape: '', grantKey: null, display: null, justification: null },
    asker: { ...nobody, kind: hold.asker.kind, groups: [], actors: [], owner: null },
    spec: { ...hold.spec, reason: '', ignoreHeaders: [] },
    approvals: hold.approvals.map((approval) => ({ ...approval, approver: nobody, reason: null })),
    rejection: hold.rejection === null ? null : { approver: nobody, reason: '', at: hold.rejection.at },
    consumed: hold.consumed === null ? null : { httpId: '', at: hold.consumed.at },
    uses: [],
  };
}

type Bound =
  | 'nonce'
  | 'exchange'
  | 'digest'
  | 'asker'
  | 'spec'
  | 'policyDigest'
  | 'rule'
  | 'shape'
  | 'grantKey'
  | 'seen'
  | 'opened'
  | 'expires';

function idOf(hold: Pick<HoldRecord, Bound>): string {
  const { nonce, exchange, digest, asker, spec, policyDigest, rule, shape, grantKey, seen, opened, expires } = hold;
  const bound = [nonce, exchange, digest, asker, spec, policyDigest, rule, shape, grantKey, seen, opened, expires];
  return `h_${sha256(bound).toString('base64url').slice(0, 22)}`;
}

function seenDigest(nonce: string, { display, justification }: Pick<Opening, 'display' | 'justification'>): string {
  return sha256([nonce, display, justification]).toString('hex');
}

/** A JSON array is injective over its items; the members' order is that of `openHold`, which JSON keeps. */
function sha256(items: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(items)).digest();
}
