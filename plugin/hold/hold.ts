import { CountersignError, type ErrorCode } from '../errors.ts';
import type { Principal } from '../request.ts';
import { type Approver, relation, relationToAsker } from './people.ts';
import type { Approval, HoldRecord } from './record.ts';
import { groupFor, isMet } from './requirement.ts';

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
  const refusal = entitled(hold, verdict.by) ?? openRefusal(hold, now) ?? shownRefusal(hold, verdict.shown);
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
      validUntil: met ? now + hold.spec.validForMs : null,
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
  return { hold: { ...closed(hold), state: 'rejected', rejection } };
}

/** The ticket, or the approval that nobody used, has ended. */
export function expire(hold: HoldRecord, now: number): Next {
  if (!isLive(hold)) return refuse('hold_state', `the hold is ${hold.state}`);
  if (now < dueAt(hold)) return refuse('hold_state', 'the hold has not expired yet');
  return { hold: { ...closed(hold), state: 'expired' } };
}

/** The caller hung up, and nobody else waits for it. */
export function withdraw(hold: HoldRecord): Next {
  if (hold.state !== 'pending') return refuse('hold_state', `the hold is ${hold.state}`);
  return { hold: { ...closed(hold), state: 'withdrawn' } };
}

/** Approvals that nobody was told of, since we ended in between, are taken back: they are given again. */
export function reopen(hold: HoldRecord, lost: readonly number[]): Next {
  if (!isLive(hold)) return refuse('hold_state', `the hold is ${hold.state}`);
  const approvals = hold.approvals.filter(({ version }) => !lost.includes(version));
  return { hold: { ...hold, version: hold.version + 1, approvals, state: 'pending', validUntil: null } };
}

/** The approved request goes on, once. `httpId` is Envoy's name of the stream that does. */
export function consume(
  hold: HoldRecord,
  event: { readonly version: number; readonly digest: string; readonly httpId: string },
  now: number,
): Next {
  if (hold.state === 'consumed') return refuse('hold_state', 'the approval was used: ask for another');
  if (hold.state !== 'approved') return refuse('hold_state', `the hold is ${hold.state}, not approved`);
  if (now >= dueAt(hold)) return refuse('hold_state', 'the approval has expired: ask for another');
  if (event.digest !== hold.digest || event.version !== hold.version)
    return refuse('hold_state', 'the approval is for another request, or has changed since: send the request again');
  return { hold: { ...closed(hold), state: 'consumed', consumed: { httpId: event.httpId, at: now } } };
}

/** Not closed: it can still be approved, rejected or used. */
export function isLive(hold: HoldRecord): boolean {
  return hold.state === 'pending' || hold.state === 'approved';
}

/** When a live hold ends by itself, milliseconds since 1970. */
export function dueAt(hold: HoldRecord): number {
  return hold.validUntil ?? hold.expires;
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

/** Closed holds keep digests only (holds.md). */
function closed(hold: HoldRecord): HoldRecord {
  return { ...hold, version: hold.version + 1, display: null, justification: null };
}

function refuse(code: Refusal['code'], message: string): { readonly refusal: Refusal } {
  return { refusal: { code, message } };
}
