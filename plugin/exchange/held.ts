import { CountersignError } from '../errors.ts';
import type { Outcome } from '../hold/desk.ts';
import { requestDigest } from '../hold/digest.ts';
import type { HoldSpec } from '../hold/spec.ts';
import { credentialHeaders } from '../record/content.ts';
import { headerText, type JsonObject, type Request } from '../request.ts';
import { type Answer, type Deny, problemAnswer } from './answer.ts';
import { allow, deny } from './conclude.ts';
import { type AdmitParts, type Asked, decide, facts, mutationsOf, type Ruling, rule } from './ruling.ts';

/** How long the asker waits, and how we learn that they left. */
export interface Patience {
  /** Milliseconds since 1970; null when the peer set no deadline. */
  readonly deadline: number | null;
  readonly signal: AbortSignal;
}

/** Milliseconds kept back from the peer's deadline to answer in. */
const answerMargin = 2_000;

/** The policy wants people to approve these exact bytes. */
export async function hold(
  parts: AdmitParts,
  asked: Asked,
  first: Ruling,
  spec: HoldSpec,
  patience: Patience,
): Promise<Answer> {
  const { request, principal, policy } = asked;
  requireNoTrailers(request);
  const digest = requestDigest({
    request,
    principal,
    mutations: mutationsOf(first),
    ignoreHeaders: spec.ignoreHeaders,
  });
  const justification = headerText(request.headers, 'countersign-justification') ?? null;
  if (spec.justification === 'required' && !justification)
    throw new CountersignError(
      'hold_impossible',
      'this request needs a reason: send it in the header countersign-justification',
    );
  const now = Date.now();
  const deadline = Math.min(
    now + Math.min(spec.waitMs, parts.settings.wait),
    (patience.deadline ?? Number.POSITIVE_INFINITY) - answerMargin,
  );
  const outcome = await parts.desk.present({
    exchange: asked.exchange,
    httpId: request.id,
    digest,
    principal,
    spec,
    policyDigest: policy.digest,
    rule: first.decision.rule ?? '',
    display: display(asked, first),
    justification,
    deadline,
    signal: patience.signal,
  });
  if (outcome.state === 'approved' || outcome.state === 'admitted')
    return await consume(parts, asked, digest, outcome, patience.signal);
  return ticket(parts, asked, first, outcome);
}

/**
 * Threat 3: trailers come after the Check, and nothing in it tells of them: who sends some need not say so by `te` or
 * `trailer`, Envoy takes `transfer-encoding` away, and in HTTP/2 they may follow a body of any content-length. So a
 * request may have some unless it is HTTP/1 with a length (RFC 9112 section 6.3), or the operator says that Envoy
 * removes them.
 */
function requireNoTrailers({ protocol, headers, extensions }: Request): void {
  if (extensions['countersign.trailers'] === 'removed') return;
  if (protocol.startsWith('HTTP/1.') && headerText(headers, 'content-length') !== undefined) return;
  throw new CountersignError(
    'hold_impossible',
    'the request can not be held: it may carry trailers, which nobody would approve; let Envoy remove them and say countersign.trailers: removed in context_extensions',
  );
}

/** Ask the policy again, consume, append, answer (holds.md, order of consumption). */
async function consume(
  parts: AdmitParts,
  asked: Asked,
  digest: string,
  outcome: Outcome,
  left: AbortSignal,
): Promise<Answer> {
  const { hold } = outcome;
  const { request, principal } = asked;
  const current = { ...asked, exchange: hold.exchange, policy: parts.policy() ?? asked.policy };
  if (principal.expires !== null && principal.expires * 1000 <= Date.now())
    throw new CountersignError(
      'hold_state',
      'the identity of the caller ended while the request was held: ask again with a fresh token',
    );
  const approvals = hold.approvals.map(({ approver, group, reason, at }) => ({
    id: approver.id,
    issuer: approver.issuer,
    group,
    reason,
    at,
  }));
  const second = rule(parts, current, decide(current, { hold: hold.id, approvals }));
  const met = second.decision.allowed || (second.hold !== null && parts.desk.meets(hold, second.hold));
  if (!met) return deny(parts, current, { ...second, decision: { ...second.decision, allowed: false } });
  const again = requestDigest({
    request,
    principal,
    mutations: mutationsOf(second),
    ignoreHeaders: second.hold?.ignoreHeaders ?? hold.spec.ignoreHeaders,
  });
  if (again !== digest)
    throw new CountersignError(
      'hold_state',
      'the policy now changes the request in another way than the one that was approved: ask for approval again',
    );
  if (left.aborted) throw new CountersignError('cancelled', 'the caller left before the approval was used: it stands');
  await parts.desk.consume({ id: hold.id, version: hold.version, httpId: request.id, digest });
  return await allow(parts, current, second, hold);
}

/** Nobody has decided yet, or somebody said no: the caller is told where the request stands. */
async function ticket(parts: AdmitParts, asked: Asked, ruling: Ruling, outcome: Outcome): Promise<Deny> {
  const { hold, state } = outcome;
  await parts.ledger.denied(facts({ ...asked, exchange: hold.exchange }, ruling, hold, 'skip'), 'hold');
  const { console } = parts.settings;
  const problem = problemAnswer({
    status: 403,
    type: `hold-${state}`,
    title: state === 'pending' ? 'The request waits for approval' : 'The request was not approved',
    detail: ruling.hold?.reason ?? '',
    exchange: hold.exchange,
    rule: ruling.decision.rule,
    members: {
      hold: hold.id,
      state,
      needed: hold.spec.anyOf.map((list) => list.map(({ group, count }) => ({ group, count }))),
      expires: new Date(hold.expires).toISOString(),
      ...(console === null ? {} : { console: `${console.replace(/\/$/, '')}/holds/${hold.id}` }),
    },
    headers: state === 'pending' ? [['retry-after', '10']] : [],
  });
  return state === 'pending' ? { ...problem, held: true } : problem;
}

/** What the approver sees: all that the digest binds, as text where it is text. */
function display(asked: Asked, ruling: Ruling): JsonObject {
  const { request } = asked;
  return {
    method: request.method,
    scheme: request.scheme,
    authority: request.authority,
    path: request.path,
    headers: request.headers
      .filter(({ name }) => !credentialHeaders.includes(name))
      .map(({ name, value }) => [name, value.toString('utf8')]),
    body: request.body?.toString('utf8') ?? null,
    commands: asked.commands,
    changes: { ...mutationsOf(ruling) },
  };
}
