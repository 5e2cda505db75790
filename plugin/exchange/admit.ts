import { randomUUIDv7 } from 'node:crypto';
import type { DecisionFacts, Ledger } from '../audit/event.ts';
import { type Command, type Commands, commandSummary } from '../command/command.ts';
import { CountersignError, codeOf } from '../errors.ts';
import type { Desk, Outcome } from '../hold/desk.ts';
import { requestDigest } from '../hold/digest.ts';
import type { HoldRecord } from '../hold/hold.ts';
import { type HoldSpec, parseHold } from '../hold/spec.ts';
import { type IdentityConfig, identify } from '../identity/identify.ts';
import { requireKeys } from '../mask/compile.ts';
import { requestHeadersToRemove } from '../mask/headers.ts';
import { type Plan, parsePlan, planDigest } from '../mask/plan.ts';
import type { Decision } from '../policy/decision.ts';
import { buildInput } from '../policy/input.ts';
import type { Policy } from '../policy/policy.ts';
import type { Recorder } from '../record/recorder.ts';
import { sessionOf } from '../record/session.ts';
import { parseRecord, type RecordSpec } from '../record/spec.ts';
import { headerText, type Json, type Principal, type Request } from '../request.ts';
import type { Telemetry, Verdict } from '../telemetry.ts';
import { type Answer, type Deny, problemAnswer, removedFromEveryRequest } from './answer.ts';
import { planOf } from './release.ts';
import { pack } from './travel.ts';

/** What admit stands on. */
export interface AdmitParts {
  readonly identity: IdentityConfig;
  readonly commands: Commands;
  /** The policy in force, or null while none is loaded: then everything is denied. */
  readonly policy: () => Policy | null;
  readonly desk: Desk;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly keys: Readonly<Record<string, Buffer>>;
  readonly telemetry: Telemetry;
  readonly settings: {
    /** Milliseconds: the longest in-line wait. */
    readonly wait: number;
    readonly console: string | null;
    readonly recordDefault: RecordSpec;
    readonly sessionHeaders: readonly string[];
  };
}

/** How long the asker waits, and how we learn that they left. */
export interface Patience {
  /** Milliseconds since 1970; null when the peer set no deadline. */
  readonly deadline: number | null;
  readonly signal: AbortSignal;
}

/** Everything known about who asks what, before the policy speaks. */
interface Asked {
  readonly exchange: string;
  readonly request: Request;
  readonly policy: Policy;
  readonly principal: Principal;
  readonly commands: readonly Command[];
  readonly session: string;
}

/** A decision whose obligations are parsed: hold, masks and recording are of their rooms' own types. */
interface Ruling {
  readonly decision: Decision;
  readonly hold: HoldSpec | null;
  readonly plan: Plan;
  readonly planDigest: string;
  readonly record: RecordSpec;
}

/** Milliseconds kept back from the peer's deadline to answer in. */
const answerMargin = 2_000;

/** One Check: identify, understand, decide, hold, append, answer. Never rejects: what goes wrong is a denial. */
export async function admit(parts: AdmitParts, request: Request, patience: Patience): Promise<Answer> {
  const started = performance.now();
  const exchange = randomUUIDv7();
  let verdict: Verdict = 'deny';
  let known: Partial<Asked> = { exchange, request };
  try {
    const asked = await ask(parts, exchange, request);
    known = asked;
    const ruling = rule(parts, asked, decide(asked, null));
    const answer =
      ruling.hold === null
        ? await conclude(parts, asked, ruling, null)
        : await hold(parts, asked, ruling, ruling.hold, patience);
    verdict = answer.kind;
    return answer;
  } catch (error) {
    if (patience.signal.aborted) verdict = 'gone';
    return await refuse(parts, { ...known, exchange, request }, error);
  } finally {
    parts.telemetry.admitted(verdict, (performance.now() - started) / 1000);
  }
}

/** Identify and understand. */
async function ask(parts: AdmitParts, exchange: string, request: Request): Promise<Asked> {
  const policy = parts.policy();
  if (policy === null)
    throw new CountersignError(
      'policy_missing',
      'no policy is loaded: set policy.source, or see the log for why it did not load',
    );
  const principal = identify(request, parts.identity);
  const commands = await parts.commands.understand(request);
  const session = sessionOf(request, principal, parts.settings.sessionHeaders).key;
  return { exchange, request, policy, principal, commands, session };
}

function decide(asked: Asked, approval: Json): Decision {
  const { principal, commands, session } = asked;
  return asked.policy.decide(buildInput(asked.request, { principal, commands, session: { key: session }, approval }));
}

/** Parses what the decision obliges us to, before anything is answered: what can't be kept is a denial. */
function rule(parts: AdmitParts, asked: Asked, decision: Decision): Ruling {
  const plan = parsePlan(decision.mask ?? []);
  const digest = planDigest(plan);
  const ruling = {
    decision,
    hold: decision.allowed || decision.fault !== null || decision.hold === undefined ? null : parseHold(decision.hold),
    plan,
    planDigest: digest,
    record: decision.record === undefined ? parts.settings.recordDefault : parseRecord(decision.record),
  };
  const compiled = planOf(plan, digest);
  requireKeys(compiled, parts.keys);
  const masks = !compiled.empty;
  if (masks && decision.release === 'skip')
    throw new CountersignError(
      'policy_result',
      'release: "skip" and mask exclude each other: a response that is not seen can not be masked',
    );
  if (masks && headerText(asked.request.headers, 'upgrade') !== undefined)
    throw new CountersignError('policy_result', 'mask: an upgraded connection can not be masked');
  return ruling;
}

/** Without a hold, or after it: append, answer. */
async function conclude(parts: AdmitParts, asked: Asked, ruling: Ruling, hold: HoldRecord | null): Promise<Answer> {
  return ruling.decision.allowed || hold !== null ? allow(parts, asked, ruling, hold) : deny(parts, asked, ruling);
}

async function allow(parts: AdmitParts, asked: Asked, ruling: Ruling, hold: HoldRecord | null): Promise<Answer> {
  const { decision, plan, planDigest } = ruling;
  const { exchange, policy } = asked;
  const travelling = {
    exchange,
    policyDigest: policy.digest,
    plan,
    planDigest,
    record: ruling.record,
    carry: decision.carry,
  };
  pack({ ...travelling, origin: 'x'.repeat(253), seq: Number.MAX_SAFE_INTEGER }, decision.release);
  await parts.recorder.request(exchange, ruling.record, asked.request, {
    session: asked.session,
    principal: asked.principal,
    rule: decision.rule,
  });
  const receipt = await parts.ledger.allowed(facts(asked, ruling, hold, decision.release));
  return {
    kind: 'allow',
    headersToSet: decision.headers,
    headersToRemove: [...removedFromEveryRequest,
      ...(parts.identity.header === undefined ? [] : [parts.identity.header.name.toLowerCase()]), ...requestHeadersToRemove(plan), ...decision.requestHeadersToRemove],
    responseHeadersToAdd: decision.responseHeadersToAdd,
    queryToSet: decision.queryParametersToSet,
    queryToRemove: decision.queryParametersToRemove,
    metadata: {
      ...decision.dynamicMetadata,
      ...pack({ ...travelling, origin: receipt.origin, seq: receipt.seq }, decision.release),
    },
  };
}

async function deny(parts: AdmitParts, asked: Asked, ruling: Ruling): Promise<Deny> {
  const { decision } = ruling;
  if (decision.fault !== null) parts.telemetry.failed('policy_error');
  await parts.ledger.denied(facts(asked, ruling, null, 'skip'), 'deny');
  const status = decision.httpStatus ?? 403;
  const metadata = { ...decision.dynamicMetadata, decision_id: asked.exchange, release: 'skip' };
  const why = decision.fault ?? decision.reason;
  if (decision.body !== null || (why === null && decision.rule === null))
    return { kind: 'deny', httpStatus: status, headers: decision.headers, body: decision.body ?? '', metadata };
  return {
    ...problemAnswer({
      status,
      type: decision.fault === null ? 'denied' : 'policy-error',
      title: 'The request was denied',
      detail:
        decision.fault === null
          ? (decision.reason ?? '')
          : 'the policy could not decide; the audit log names the fault',
      exchange: asked.exchange,
      rule: decision.rule,
      headers: decision.headers,
    }),
    metadata,
  };
}

/** The policy wants people to approve these exact bytes. */
async function hold(
  parts: AdmitParts,
  asked: Asked,
  first: Ruling,
  spec: HoldSpec,
  patience: Patience,
): Promise<Answer> {
  const { request, principal, policy } = asked;
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
  if (outcome.state === 'approved' || outcome.state === 'admitted') return await consume(parts, asked, digest, outcome);
  return ticket(parts, asked, first, outcome);
}

/** Ask the policy again, consume, append, answer (holds.md, order of consumption). */
async function consume(parts: AdmitParts, asked: Asked, digest: string, outcome: Outcome): Promise<Answer> {
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
  await parts.desk.consume({ id: hold.id, version: hold.version, httpId: request.id, digest });
  return await conclude(parts, current, second, hold);
}

/** Nobody has decided yet, or somebody said no: the caller is told where the request stands. */
async function ticket(parts: AdmitParts, asked: Asked, ruling: Ruling, outcome: Outcome): Promise<Deny> {
  const { hold, state } = outcome;
  await parts.ledger.denied(facts({ ...asked, exchange: hold.exchange }, ruling, hold, 'skip'), 'hold');
  const { console } = parts.settings;
  return problemAnswer({
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
}

/** What went wrong before or around the decision is a denial with its entry. */
async function refuse(
  parts: AdmitParts,
  known: Partial<Asked> & { exchange: string; request: Request },
  error: unknown,
): Promise<Deny> {
  const code = codeOf(error);
  parts.telemetry.failed(code);
  if (code === 'internal') parts.telemetry.log.error({ err: error, exchange: known.exchange }, 'a Check failed');
  const detail = error instanceof CountersignError ? error.message : 'an internal fault; the log names it';
  await parts.ledger.denied(
    {
      exchange: known.exchange,
      request: known.request,
      principal: known.principal ?? null,
      commands: commandSummary(known.commands ?? []),
      commandText: textOf(known.commands ?? []),

      rule: `countersign/${code}`,
      reason: detail,
      bundle: known.policy?.revision ?? '',
      policyDigest: known.policy?.digest ?? null,
      release: 'skip',
      planDigest: null,
      hold: null,
      labels: {},
    },
    'deny',
  );
  return problemAnswer({
    status: refusals[code] ?? 403,
    type: code.replaceAll('_', '-'),
    title: 'The request was denied',
    detail,
    exchange: known.exchange,
  });
}

/** Statuses of refusals that are not a plain 403. */
const refusals: Readonly<Partial<Record<ReturnType<typeof codeOf>, number>>> = {
  check_malformed: 400,
  identity_missing: 401,
  hold_limit: 429,
  audit_overload: 503,
  audit_broken: 503,
  policy_missing: 503,
  unavailable: 503,
  internal: 503,
};

function facts(asked: Asked, ruling: Ruling, hold: HoldRecord | null, release: 'full' | 'skip'): DecisionFacts {
  const { decision } = ruling;
  return {
    exchange: asked.exchange,
    request: asked.request,
    principal: asked.principal,
    commands: commandSummary(asked.commands),
    commandText: textOf(asked.commands),
    rule: decision.rule,
    reason: decision.fault ?? decision.reason,
    bundle: asked.policy.revision,
    policyDigest: asked.policy.digest,
    release,
    planDigest: release === 'full' ? ruling.planDigest : null,
    hold: hold?.id ?? null,
    labels: decision.labels,
  };
}

function textOf(commands: readonly Command[]): string | null {
  const texts = commands.map(({ text }) => text).filter((text) => typeof text === 'string');
  return texts.length === 0 ? null : texts.join('\n');
}

function mutationsOf({ decision }: Ruling) {
  return {
    headersToSet: decision.headers,
    headersToRemove: decision.requestHeadersToRemove,
    queryToSet: decision.queryParametersToSet,
    queryToRemove: decision.queryParametersToRemove,
  };
}

/** What the approver sees: all that the digest binds, as text where it is text. */
function display(asked: Asked, ruling: Ruling) {
  const { request } = asked;
  return {
    method: request.method,
    scheme: request.scheme,
    authority: request.authority,
    path: request.path,
    headers: request.headers
      .filter(({ name }) => name !== 'authorization' && name !== 'cookie')
      .map(({ name, value }) => [name, value.toString('utf8')]),
    body: request.body?.toString('utf8') ?? null,
    commands: asked.commands,
    changes: mutationsOf(ruling),
  };
}
