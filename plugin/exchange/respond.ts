import { CountersignError } from '../errors.ts';
import { type CompiledPlan, requireKeys } from '../mask/compile.ts';
import type { Policy } from '../policy/policy.ts';
import type { ResponseDecision } from '../policy/respond.ts';
import { parseRecord, type RecordSpec } from '../record/spec.ts';
import type { JsonObject } from '../request.ts';
import { planOf } from './plan.ts';
import type { Opening } from './release.ts';
import type { Travelled } from './travel.ts';

/** What the response phase came to: the plan that applies, how much is recorded, and what the entry says of it. */
export interface Responding {
  readonly decision: ResponseDecision;
  readonly plan: CompiledPlan;
  readonly record: string;
  readonly note: ResponseNote;
}

/** The bundle that was asked about the response, for the entry beside the decision's own digest. */
export interface ResponseNote {
  readonly digest: string;
  readonly rule: string;
  readonly reason: string;
  /** Of the decision's masks and the response's together, where the response has some of its own. */
  readonly planDigest?: string;
}

/**
 * Asks the bundle in force about a response whose head is there; null when it has no rule for that.
 * @throws CountersignError `policy_missing` when the decision's bundle had one and none is loaded now
 * @throws CountersignError `policy_result`, `mask_invalid` naming the path of what can't be kept
 */
export function respond(
  policy: Policy | null,
  opening: Opening,
  travelled: Travelled,
  { decided, keys }: { readonly decided: CompiledPlan; readonly keys: Readonly<Record<string, Buffer>> },
): Responding | null {
  if (policy === null && travelled.principal !== undefined)
    throw new CountersignError('policy_missing', 'no policy is loaded to ask about the response: see the log for why');
  if (!policy?.respond) return null;
  const decision = policy.respond(responseInput(opening, travelled));
  const note = { digest: policy.digest, rule: decision.rule ?? '', reason: decision.fault ?? decision.reason ?? '' };
  if (!decision.allowed) return { decision, plan: decided, record: travelled.record, note };
  const record = raised(decision.record, travelled.record);
  if (!Array.isArray(decision.mask) || decision.mask.length === 0) {
    planOf(decision.mask);
    return { decision, plan: decided, record, note };
  }
  planOf(decision.mask);
  const planned = planOf([...travelled.plan, ...decision.mask]);
  requireKeys(planned.compiled, keys);
  return { decision, plan: planned.compiled, record, note: { ...note, planDigest: planned.digest } };
}

/** The input of `envoy/authz/response`. What Envoy does not tell is not there; the path is the one that went upstream. */
export function responseInput({ head, attributes }: Opening, { principal, carry }: Travelled): JsonObject {
  const headers = new Map<string, string>();
  for (const { name, value } of head.headers) {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value.toString('utf8') : `${before},${value.toString('utf8')}`);
  }
  const request = Object.entries(requestAttributes).flatMap(([member, attribute]) => {
    const value = attributes[attribute];
    return typeof value === 'string' ? [[member, value] as const] : [];
  });
  return {
    response: { status: head.status, headers: Object.fromEntries(headers) },
    request: Object.fromEntries(request),
    principal: principal === undefined ? null : { ...principal },
    carry,
  };
}

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes */
const requestAttributes = {
  method: 'request.method',
  host: 'request.host',
  path: 'request.path',
  route: 'xds.route_name',
} as const;

const order: readonly RecordSpec[] = ['none', 'metadata', 'request', 'full'];

/** More than was decided, never less. The request is gone: what was not kept of it can't be added. */
function raised(value: unknown, decided: string): string {
  const wanted = parseRecord(value, 'none');
  const had = order.indexOf(decided as RecordSpec);
  if (order.indexOf(wanted) <= had) return decided;
  if (wanted === 'full' && decided === 'request') return 'full';
  throw new CountersignError(
    'policy_result',
    `record: expected what a response can still raise, "request" to "full", got "${decided}" to "${wanted}": let the decision say "request"`,
  );
}
