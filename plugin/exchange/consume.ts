import { X509Certificate } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { requestDigest } from '../hold/digest.ts';
import type { HoldRecord } from '../hold/hold.ts';
import type { Json, Request } from '../request.ts';
import type { Answer } from './answer.ts';
import { allow, deny } from './conclude.ts';
import { type AdmitParts, type Asked, decide, mutationsOf, type Ruling, rule } from './ruling.ts';

/** What is used, and by which request. */
export interface Consumption {
  readonly hold: HoldRecord;
  readonly digest: string;
  readonly grantKey: string | null;
  /** Aborts when the caller hangs up. */
  readonly left: AbortSignal;
}

/** Ask the policy again, consume, append, answer (holds.md, order of consumption). */
export async function consume(parts: AdmitParts, asked: Asked, used: Consumption): Promise<Answer> {
  const { hold, digest, grantKey, left } = used;
  // Each request under a grant is an exchange of its own; the one that was held goes on under the one that it opened.
  const exchange = digest === hold.digest && hold.used === 0 ? hold.exchange : asked.exchange;
  const current = { ...asked, exchange, policy: parts.policy() ?? asked.policy };
  const grant = hold.spec.grant === null ? undefined : hold.id;
  const second = rule(parts, current, await decide(current, approvalOf(hold)), grant);
  requireAuthority(asked);
  const met = second.decision.allowed || (second.hold !== null && parts.desk.meets(hold, second.hold));
  if (!met) return deny(parts, current, { ...second, decision: { ...second.decision, allowed: false } });
  requireSameRequest(asked, second, hold.spec.ignoreHeaders, digest);
  if (left.aborted) throw new CountersignError('cancelled', 'the caller left before the approval was used: it stands');
  await parts.desk.consume({ id: hold.id, version: hold.version, httpId: asked.request.id, digest, grantKey });
  return await allow(parts, current, second, hold);
}

/** `input.approval`: who approved, when and why. */
function approvalOf(hold: HoldRecord): Json {
  const approvals = hold.approvals.map(({ approver, group, reason, at }) => ({
    id: approver.id,
    issuer: approver.issuer,
    group,
    reason,
    at,
  }));
  return {
    hold: hold.id,
    approvals,
    ...(hold.spec.grant === null ? {} : { grant: { used: hold.used, until: hold.validUntil } }),
  };
}

/**
 * Threat 23: the authority of the caller may have ended while the request was held.
 * @throws CountersignError `hold_state`
 */
export function requireAuthority({ principal, request }: Pick<Asked, 'principal' | 'request'>): void {
  const ends = Math.min(
    principal.expires === null ? Number.POSITIVE_INFINITY : principal.expires * 1_000,
    principal.method === 'mtls' ? certificateEnds(request) : Number.POSITIVE_INFINITY,
  );
  if (ends > Date.now()) return;
  throw new CountersignError(
    'hold_state',
    'the identity of the caller ended while the request was held: ask again with a fresh token or certificate',
  );
}

/** When the client certificate ends, where ext_authz shows it (`include_peer_certificate`): milliseconds since 1970. */
function certificateEnds({ check }: Request): number {
  const { source } = (check.attributes ?? {}) as { readonly source?: { readonly certificate?: unknown } };
  const text = source?.certificate;
  if (typeof text !== 'string' || text === '') return Number.POSITIVE_INFINITY;
  try {
    return new X509Certificate(decodeURIComponent(text)).validToDate.getTime();
  } catch {
    return 0;
  }
}

/**
 * Threat 15: what goes upstream is what was approved, all changes that the policy makes to it included.
 * @throws CountersignError `hold_state`
 */
export function requireSameRequest(asked: Asked, second: Ruling, ignored: readonly string[], digest: string): void {
  const again = requestDigest({
    request: asked.request,
    principal: asked.principal,
    mutations: mutationsOf(second),
    ignoreHeaders: second.hold?.ignoreHeaders ?? ignored,
  });
  if (again === digest) return;
  throw new CountersignError(
    'hold_state',
    'the policy now changes the request in another way than the one that was approved: ask for approval again',
  );
}
