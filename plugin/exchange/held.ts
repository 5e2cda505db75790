import { CountersignError } from '../errors.ts';
import type { Outcome } from '../hold/desk.ts';
import { requestDigest } from '../hold/digest.ts';
import type { Opening } from '../hold/record.ts';
import { lacking } from '../hold/requirement.ts';
import { grantKeyOf, shapeOf } from '../hold/shape.ts';
import type { HoldSpec } from '../hold/spec.ts';
import { windowText } from '../hold/window.ts';
import { credentialHeaders } from '../record/content.ts';
import { headerText, type JsonObject, type Request } from '../request.ts';
import type { Answer, Deny } from './answer.ts';
import { consume } from './consume.ts';
import { breakGlass, glassReason } from './glass.ts';
import { refusal } from './refusal.ts';
import { type AdmitParts, type Asked, facts, mutationsOf, type Ruling } from './ruling.ts';

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
  const { request, principal } = asked;
  requireNoTrailers(request);
  const bound = { request, principal, mutations: mutationsOf(first), ignoreHeaders: spec.ignoreHeaders };
  const digest = requestDigest(bound);
  const { commands, session } = asked;
  const grantKey = spec.grant === null ? null : grantKeyOf({ ...bound, commands, session: session.key }, spec.grant);
  if (grantKey !== null) requireObserved(first);
  const opening: Opening = {
    exchange: asked.exchange,
    digest,
    asker: principal,
    // What would run can't be told from the command: it is approved once.
    spec: grantKey === null ? { ...spec, grant: null } : spec,
    policyDigest: asked.policy.digest,
    rule: first.decision.rule ?? '',
    display: display(asked, first),
    justification: justificationOf(request, spec),
    shape: shapeOf(request, commands),
    grantKey,
  };
  const glass = glassReason(request);
  if (glass !== null) return breakGlass(parts, asked, opening, glass);
  const outcome = await parts.desk.present({
    ...opening,
    httpId: request.id,
    principal,
    deadline: deadlineOf(parts, spec, patience),
    signal: patience.signal,
  });
  if (goesOn.has(outcome.state))
    return await consume(parts, asked, { hold: outcome.hold, digest, grantKey, left: patience.signal });
  return ticket(parts, asked, first, outcome);
}

const goesOn: ReadonlySet<Outcome['state']> = new Set(['approved', 'granted', 'admitted']);

function deadlineOf(parts: AdmitParts, spec: HoldSpec, patience: Patience): number {
  return Math.min(
    Date.now() + Math.min(spec.waitMs, parts.settings.wait),
    (patience.deadline ?? Number.POSITIVE_INFINITY) - answerMargin,
  );
}

/** The asker's own words, which nobody vouches for. */
function justificationOf({ headers }: Request, spec: HoldSpec): string | null {
  const words = headerText(headers, 'countersign-justification')?.trim() || null;
  if (words === null && spec.justification === 'required')
    throw new CountersignError(
      'hold_impossible',
      'this request needs a reason: send it in the header countersign-justification',
    );
  return words;
}

/** Revoking a grant ends what runs under it, so that must pass by us. */
function requireObserved({ decision }: Ruling): void {
  if (decision.release === 'full') return;
  throw new CountersignError(
    'policy_result',
    'a hold with a grant needs "release": "full": revoking it cuts responses',
  );
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

/** Nobody has decided yet, or somebody said no: the caller is told where the request stands. */
async function ticket(parts: AdmitParts, asked: Asked, ruling: Ruling, outcome: Outcome): Promise<Deny> {
  const { hold, state } = outcome;
  await parts.ledger.denied(facts({ ...asked, exchange: hold.exchange }, ruling, hold, 'skip'), 'hold');
  const { console } = parts.settings;
  const problem = refusal(asked.request, {
    status: 403,
    type: `hold-${state}`,
    title: state === 'pending' ? 'The request waits for approval' : 'The request was not approved',
    detail: hold.rejection?.reason ?? ruling.hold?.reason ?? '',
    exchange: hold.exchange,
    rule: ruling.decision.rule,
    members: {
      hold: hold.id,
      state,
      needed: lacking(hold.spec.anyOf, hold.approvals).map((list) => list.map((one) => ({ ...one }))),
      ...(hold.spec.windows.length === 0 ? {} : { hours: windowText(hold.spec.windows) }),
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
