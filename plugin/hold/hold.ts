import { CountersignError, type ErrorCode } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Approver, relation, relationToAsker } from './people.ts';
import type { Approval, HoldRecord } from './record.ts';
import { groupFor, isMet } from './requirement.ts';
import { isOpen, windowText } from './window.ts';

export type { Approval, HoldRecord, HoldState } from './record.ts';

/** Why a transition is refused. */
export interface Refusal {
  readonly code: Extract<ErrorCode, 'hold_state' | 'hold_self' | 'forbidden' | 'usage'>;
  readonly message: string;
}

/** A transition is a value: the next hold, or why there is none. */
export type Next = { readonly hold: HoldRecord } | { readonly refusal: Refusal };

/** What an approver saw when they decided (threat 21). */
export interface Shown {
  readonly digest: string;
  readonly version: number;
}

/** Somebody's decision on a hold. */
export interface Verdict {
  readonly by: Principal;
  readonly shown: Shown;
  readonly reason: string | null;
}

/** Milliseconds for which the Check that consumed an approval gets the same answer again (Envoy's retry). */
export const repeatWindow = 120_000;

/** One person's yes; the hold is approved as soon as its requirements are met. */
export function approve(hold: HoldRecord, verdict: Verdict, now: number): Next {
  const groups = groupsIn(hold, verdict.by);
  const refusal =
    entitled(hold, verdict.by) ??
    openRefusal(hold, now) ??
    hoursRefusal(hold, now) ??
    shownRefusal(hold, verdict.shown);
  if (refusal !== null) return { refusal };
  for (const { approver } of hold.approvals) {
    const known = relation(approver, verdict.by);
    if (known === 'same') return refuse('hold_state', 'you have approved it already: one person counts once');
    if (known === 'unknown')
      return refuse(
        'forbidden',
        'nobody can tell you from another who approved it: identity.issuers[].person must be set for both issuers',
      );
  }
  const group = groupFor(hold.spec.anyOf, hold.approvals, { groups });
  if (group === null)
    return refuse('hold_state', 'your groups have approved it already: it waits for people of other groups');
  const version = hold.version + 1;
  const approval: Approval = {
    version,
    approver: approverOf(verdict.by),
    groups,
    group,
    reason: verdict.reason,
    at: now,
  };
  const approvals = [...hold.approvals, approval];
  const met = isMet(hold.spec.anyOf, approvals);
  return {
    hold: {
      ...hold,
      version,
      approvals,
      state: met ? 'approved' : 'pending',
      validUntil: met ? now + lifeOf(hold) : null,
    },
  };
}

/** One person's no, with a reason. Final for that request until the ticket expires. */
export function reject(hold: HoldRecord, verdict: Verdict, now: number): Next {
  const refusal = entitled(hold, verdict.by) ?? openRefusal(hold, now) ?? shownRefusal(hold, verdict.shown);
  if (refusal !== null) return { refusal };
  if (verdict.reason === null || verdict.reason.trim() === '')
    return refuse('usage', 'a rejection needs a reason: the one who asked reads it');
  const rejection = { approver: approverOf(verdict.by), reason: verdict.reason, at: now };
  return { hold: { ...closed(hold, now), state: 'rejected', rejection } };
}

/** An approver takes their yes back, before it is used. */
export function retract(hold: HoldRecord, { by, shown }: Omit<Verdict, 'reason'>, now: number): Next {
  const mine = hold.approvals.filter(({ approver }) => relation(approver, by) === 'same');
  if (by.kind !== 'human' || by.actors.length > 0)
    return refuse('forbidden', 'only a human may take back an approval, with a token that nobody else acts with');
  if (hold.state !== 'pending' && hold.state !== 'approved')
    return refuse('hold_state', `the hold is ${hold.state}: an approval can be taken back until it is used`);
  if (now >= dueAt(hold)) return refuse('hold_state', 'the hold has ended');
  if (mine.length === 0) return refuse('forbidden', 'you have not approved it: there is nothing to take back');
  const refusal = shownRefusal(hold, shown);
  if (refusal !== null) return { refusal };
  const approvals = hold.approvals.filter((approval) => !mine.includes(approval));
  return { hold: { ...hold, version: hold.version + 1, approvals, state: 'pending', validUntil: null } };
}

/** A grant ends before its time. Whoever may approve it may end it, and so may the side that asks. */
export function revoke(hold: HoldRecord, by: Principal, now: number): Next {
  if (relationToAsker(hold.asker, by) !== 'same') {
    const refusal = entitled(hold, by);
    if (refusal !== null) return { refusal };
  }
  if (hold.spec.grant === null || (hold.state !== 'granted' && hold.state !== 'approved'))
    return refuse('hold_state', `there is no grant to revoke: the hold is ${hold.state}`);
  return { hold: { ...closed(hold, now), state: 'revoked' } };
}

/** A human goes on without approval: marked, and a deviation until somebody signs it off. */
export function breakGlass(hold: HoldRecord, httpId: string, now: number): Next {
  const refusal = openRefusal(hold, now);
  if (refusal !== null) return { refusal };
  return { hold: { ...closed(hold, now), state: 'consumed', glass: true, consumed: { httpId, at: now } } };
}

/** The ticket, or the approval that nobody used, has ended. */
export function expire(hold: HoldRecord, now: number): Next {
  if (!isLive(hold)) return refuse('hold_state', `the hold is ${hold.state}`);
  if (now < dueAt(hold) && !isFromTheFuture(hold, now)) return refuse('hold_state', 'the hold has not expired yet');
  return { hold: { ...closed(hold, now), state: 'expired' } };
}

/** The asking side wants it no longer: it hung up while nobody else waits, or says so. */
export function withdraw(hold: HoldRecord, now: number): Next {
  if (hold.state !== 'pending') return refuse('hold_state', `the hold is ${hold.state}`);
  return { hold: { ...closed(hold, now), state: 'withdrawn' } };
}

/** Approvals that nobody was told of, since we ended in between, are taken back: they are given again. */
export function reopen(hold: HoldRecord, lost: readonly number[]): Next {
  if (!isLive(hold)) return refuse('hold_state', `the hold is ${hold.state}`);
  const approvals = hold.approvals.filter(({ version }) => !lost.includes(version));
  return { hold: { ...hold, version: hold.version + 1, approvals, state: 'pending', validUntil: null } };
}

/** Who uses an approval. */
export interface UseOfHold {
  readonly version: number;
  readonly digest: string;
  /** Envoy's name of the stream. */
  readonly httpId: string;
  /** What the request has in common with those that a grant is for; null where it has none. */
  readonly grantKey: string | null;
}

/** The approved request goes on, once; under a grant each request like it, as often as the grant says. */
export function consume(hold: HoldRecord, use: UseOfHold, now: number): Next {
  if (hold.state === 'consumed') return refuse('hold_state', 'the approval was used: ask for another');
  if (hold.state !== 'approved' && hold.state !== 'granted')
    return refuse('hold_state', `the hold is ${hold.state}, not approved`);
  if (now >= dueAt(hold)) return refuse('hold_state', 'the approval has expired: ask for another');
  return hold.spec.grant === null ? consumeOnce(hold, use, now) : consumeGrant(hold, use, hold.spec.grant.uses, now);
}

function consumeOnce(hold: HoldRecord, { version, digest, httpId }: UseOfHold, now: number): Next {
  if (digest !== hold.digest || version !== hold.version)
    return refuse('hold_state', 'the approval is for another request, or has changed since: send the request again');
  return { hold: { ...closed(hold, now), state: 'consumed', consumed: { httpId, at: now } } };
}

function consumeGrant(hold: HoldRecord, { digest, httpId, grantKey }: UseOfHold, most: number, now: number): Next {
  if (hold.grantKey === null || grantKey !== hold.grantKey)
    return refuse('hold_state', 'the grant is for another command: ask for approval');
  const version = hold.version + 1;
  const recent = hold.uses.filter(({ at }) => now - at < repeatWindow);
  const next = { ...hold, version, used: hold.used + 1, uses: [...recent, { httpId, digest, version, at: now }] };
  if (next.used < most) return { hold: { ...next, state: 'granted' } };
  return { hold: { ...closed(next, now), version, state: 'consumed', consumed: { httpId, at: now } } };
}

/** Not closed: it can still be approved, rejected or used. */
export function isLive(hold: HoldRecord): boolean {
  return hold.state === 'pending' || hold.state === 'approved' || hold.state === 'granted';
}

/** When a live hold ends by itself, milliseconds since 1970. */
export function dueAt(hold: HoldRecord): number {
  return hold.validUntil ?? hold.expires;
}

/** How long an approval is good, milliseconds. */
export function lifeOf({ spec }: Pick<HoldRecord, 'spec'>): number {
  return spec.grant?.forMs ?? spec.validForMs;
}

/** Milliseconds that two clocks may differ. */
const clockTolerance = 300_000;

/** Opened by a clock that was ahead: its times mean nothing, so it ends. */
export function isFromTheFuture(hold: HoldRecord, now: number): boolean {
  return hold.opened > now + clockTolerance;
}

/**
 * From when on nobody needs to know who asked what: a rejection stands until its ticket would have ended, and the
 * stream that used an approval may ask again for a while. Null while it is live.
 */
export function forgettableAt(hold: HoldRecord): number | null {
  if (hold.closed === null) return null;
  if (hold.state === 'rejected') return Math.max(hold.expires, hold.closed);
  return hold.closed + (hold.state === 'consumed' || hold.used > 0 ? repeatWindow : 0);
}

/** Of somebody's groups those that the hold asks for. */
export function groupsIn(hold: HoldRecord, { groups }: Pick<Principal, 'groups'>): readonly string[] {
  const asked = new Set(hold.spec.anyOf.flat().map(({ group }) => group));
  return [...new Set(groups)].filter((group) => asked.has(group));
}

/** Why somebody may not decide on a hold at all, or null. */
export function entitled(hold: HoldRecord, by: Principal): Refusal | null {
  const known = relationToAsker(hold.asker, by);
  if (known === 'same')
    return { code: 'hold_self', message: 'you are on the side that asks: another person must decide' };
  if (by.kind !== 'human' || by.actors.length > 0)
    return { code: 'forbidden', message: 'only a human may decide, with a token that nobody else acts with' };
  if (groupsIn(hold, by).length === 0)
    return { code: 'forbidden', message: `it waits for members of ${groupNames(hold)}: you are in none of them` };
  if (known === 'unknown')
    return {
      code: 'forbidden',
      message:
        'nobody can tell whether you are the person that asks: identity.issuers[].person must name the claim of both',
    };
  return null;
}

/** A refusal as an error. */
export function refusalError({ code, message }: Refusal): CountersignError {
  return new CountersignError(code, message);
}

function openRefusal(hold: HoldRecord, now: number): Refusal | null {
  if (hold.state !== 'pending')
    return { code: 'hold_state', message: `the hold is ${hold.state}: there is nothing to decide` };
  if (now >= hold.expires) return { code: 'hold_state', message: 'the hold has expired: it must be asked for again' };
  return null;
}

function hoursRefusal({ spec }: HoldRecord, now: number): Refusal | null {
  if (isOpen(spec.windows, now)) return null;
  return { code: 'hold_state', message: `it may be approved from ${windowText(spec.windows)}: not now` };
}

function shownRefusal(hold: HoldRecord, shown: Shown): Refusal | null {
  if (shown.digest === hold.digest && shown.version === hold.version) return null;
  return { code: 'hold_state', message: 'the hold has changed since it was shown: look at it again' };
}

function groupNames(hold: HoldRecord): string {
  return [...new Set(hold.spec.anyOf.flat().map(({ group }) => group))].join(', ');
}

function approverOf({ id, issuer, person }: Principal): Approver {
  return { id, issuer, person };
}

/** A closed hold has no texts (holds.md); who asked what is forgotten a little later, see `forgettableAt`. */
function closed(hold: HoldRecord, now: number): HoldRecord {
  return { ...hold, version: hold.version + 1, display: null, justification: null, closed: now };
}

function refuse(code: Refusal['code'], message: string): { readonly refusal: Refusal } {
  return { refusal: { code, message } };
}
