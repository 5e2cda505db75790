import type { DecisionFacts, Ledger } from '../audit/event.ts';
import { type Command, type Commands, commandSummary } from '../command/command.ts';
import type { Descriptors } from '../descriptors.ts';
import { CountersignError } from '../errors.ts';
import type { Desk } from '../hold/desk.ts';
import type { Mutations } from '../hold/digest.ts';
import type { HoldRecord } from '../hold/hold.ts';
import { type HoldSpec, parseHold } from '../hold/spec.ts';
import type { Bearer } from '../identity/bearer.ts';
import type { IdentityConfig } from '../identity/identify.ts';
import { requireKeys } from '../mask/compile.ts';
import type { Plan } from '../mask/plan.ts';
import type { Decision } from '../policy/decision.ts';
import { buildInput } from '../policy/input.ts';
import type { Policy } from '../policy/policy.ts';
import type { Counters, SessionFacts } from '../record/counters.ts';
import type { Recorder } from '../record/recorder.ts';
import { parseRecord, type RecordSpec } from '../record/spec.ts';
import { headerText, type Json, type JsonObject, type Principal, type Request } from '../request.ts';
import type { Telemetry } from '../telemetry.ts';
import type { GlassRules } from './glass.ts';
import { planOf } from './plan.ts';
import { type Place, pack } from './travel.ts';

/** What admit stands on. */
export interface AdmitParts {
  readonly identity: IdentityConfig;
  /** Verifies the request's own bearer token, where Envoy has not. */
  readonly bearer: Bearer;
  readonly commands: Commands;
  /** By which the policy's `parsed_body` of gRPC is read; null without any. */
  readonly descriptors?: Descriptors | null;
  /** The policy in force, or null while none is loaded: then everything is denied. */
  readonly policy: () => Policy | null;
  readonly desk: Desk;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly sessions: Counters;
  readonly keys: Readonly<Record<string, Buffer>>;
  readonly telemetry: Telemetry;
  readonly settings: {
    /** Milliseconds: the longest in-line wait. */
    readonly wait: number;
    readonly console: string | null;
    readonly glass: GlassRules;
    readonly recordDefault: RecordSpec;
    readonly sessionHeaders: readonly string[];
  };
}

/** Everything known about who asks what, before the policy speaks. */
export interface Asked {
  readonly exchange: string;
  readonly request: Request;
  readonly policy: Policy;
  readonly principal: Principal;
  readonly commands: readonly Command[];
  /** Its key and counters, as they were when the request came. */
  readonly session: SessionFacts;
  readonly descriptors?: Descriptors | null;
}

/** A decision whose obligations are parsed: hold, masks and recording are of their rooms' own types. */
export interface Ruling {
  readonly decision: Decision;
  readonly hold: HoldSpec | null;
  readonly plan: Plan;
  readonly planDigest: string;
  readonly record: RecordSpec;
  /** What travels to the response, once the entry's place is known. */
  readonly travelling: (place: Place) => JsonObject;
}

/** What the policy says of it; `approval` is null until people have approved. */
export function decide(asked: Asked, approval: Json): Decision | Promise<Decision> {
  const { principal, commands, session, policy } = asked;
  const input = buildInput(asked.request, {
    principal,
    commands,
    session: { ...session, principal: { ...session.principal } },
    approval,
    descriptors: asked.descriptors ?? null,
  });
  return policy.decideAside?.(input, asked.exchange) ?? policy.decide(input);
}

/**
 * Parses what the decision obliges us to, before anything is answered: what can't be kept is a denial. `grant`: the hold
 * whose grant the exchange would run under.
 */
export function rule(parts: AdmitParts, asked: Asked, decision: Decision, grant?: string): Ruling {
  const planned = planOf(decision.mask);
  requireKeys(planned.compiled, parts.keys);
  const held = !decision.allowed && decision.fault === null && decision.hold !== undefined;
  if ((decision.allowed || held) && isUpgrade(asked.request)) requireTunnel(asked.request, decision);
  const record = parseRecord(decision.record, parts.settings.recordDefault);
  const travelled = {
    exchange: asked.exchange,
    policyDigest: asked.policy.digest,
    plan: planned.plan,
    planDigest: planned.digest,
    record,
    carry: decision.carry,
    session: asked.session.key,
    ...(grant === undefined ? {} : { grant }),
    ...(asked.policy.respond === null ? {} : { principal: shortOf(asked.principal) }),
  };
  return {
    decision,
    hold: held ? parseHold(decision.hold) : null,
    plan: planned.plan,
    planDigest: planned.digest,
    record,
    travelling: pack(travelled, decision.release),
  };
}

/** What the response phase is told of who asked. */
function shortOf({ id, issuer, groups }: Principal): Pick<Principal, 'id' | 'issuer' | 'groups'> {
  return { id, issuer, groups };
}

function isUpgrade({ method, headers }: Request): boolean {
  return method === 'CONNECT' || headerText(headers, 'upgrade') !== undefined;
}

/** Threat 8: after an upgrade nothing is a response that could be masked or recorded. */
function requireTunnel({ extensions }: Request, { release }: Decision): void {
  if (extensions['countersign.route'] === 'tunnel' && release === 'skip') return;
  throw new CountersignError(
    'policy_result',
    'an upgraded connection is not observed: it needs a route marked countersign.route: tunnel and a policy that says release: "skip"',
  );
}

/** What the log is told of a decision. */
export function facts(asked: Asked, ruling: Ruling, hold: HoldRecord | null, release: 'full' | 'skip'): DecisionFacts {
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

/** The text of the commands, for the commitment; null when there is none. */
export function textOf(commands: readonly Command[]): string | null {
  const texts = commands.map(({ text }) => text).filter((text) => typeof text === 'string');
  return texts.length === 0 ? null : texts.join('\n');
}

/** All changes that the policy's answer makes to the request: an approval binds them. */
export function mutationsOf({ decision }: Ruling): Mutations {
  return {
    headersToSet: decision.headers,
    headersToRemove: decision.requestHeadersToRemove,
    queryToSet: decision.queryParametersToSet,
    queryToRemove: decision.queryParametersToRemove,
  };
}
