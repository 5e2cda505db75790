import { CountersignError } from '../errors.ts';
import type { Opening } from '../hold/record.ts';
import { headerText, type Principal, type Request } from '../request.ts';
import type { Answer } from './answer.ts';
import { allow, deny } from './conclude.ts';
import { requireAuthority, requireSameRequest } from './consume.ts';
import { type AdmitParts, type Asked, decide, rule } from './ruling.ts';

/** Who may break the glass. */
export interface GlassRules {
  /** Null: nobody. */
  readonly group: string | null;
  /** Milliseconds since the human signed in (`auth_time`), at most. */
  readonly maxAge: number;
}

/** Request header with the reason; removed before the upstream. */
const header = 'countersign-break-glass';

/** Characters of a reason at most. */
const reasonLimit = 1_024;

/** The reason for which the caller breaks the glass; null where they do not. */
export function glassReason({ headers }: Request): string | null {
  return headerText(headers, header) ?? null;
}

/**
 * A human goes on without approval (threat 11). It turns a hold only: the policy is asked again, with
 * `input.approval.break_glass`, and a denial stays one.
 * @throws CountersignError `forbidden`, `hold_limit`, `hold_state`
 */
export async function breakGlass(parts: AdmitParts, asked: Asked, opening: Opening, reason: string): Promise<Answer> {
  const { principal, request } = asked;
  requireBreaker(principal, parts.settings.glass, reason);
  const approval = { break_glass: { reason }, approvals: [] };
  const second = rule(parts, asked, await decide(asked, approval));
  requireAuthority(asked);
  if (!second.decision.allowed && second.hold === null)
    return deny(parts, asked, { ...second, decision: { ...second.decision, allowed: false } });
  requireSameRequest(asked, second, opening.spec.ignoreHeaders, opening.digest);
  const hold = await parts.desk.breakGlass({ opening, principal, httpId: request.id, reason });
  return await allow(parts, { ...asked, exchange: hold.exchange }, second, hold);
}

/** @throws CountersignError `forbidden` saying what is missing */
function requireBreaker(principal: Principal, { group, maxAge }: GlassRules, reason: string): void {
  const no = (why: string) => new CountersignError('forbidden', `the glass can not be broken: ${why}`);
  if (group === null) throw no('holds.break_glass.group names nobody who may');
  if (principal.method !== 'jwt' || principal.kind !== 'human' || principal.actors.length > 0)
    throw no('only a human may, with a token of their own that nobody else acts with');
  if (!principal.groups.includes(group)) throw no('you are not in the group that may');
  if (reason.trim() === '' || reason.length > reasonLimit)
    throw no(`the header ${header} must give a reason of 1 to ${reasonLimit} characters`);
  const { auth_time: signedIn } = principal.claims;
  if (typeof signedIn !== 'number' || signedIn * 1_000 < Date.now() - maxAge || signedIn * 1_000 > Date.now() + 60_000)
    throw no(`sign in again: auth_time of the token must be ${Math.round(maxAge / 60_000)} minutes old at most`);
}
