import { CountersignError, codeOf } from '../errors.ts';
import type { Json, JsonObject } from '../request.ts';
import { isObject, jsonType, members, type Pair, wrong } from './result.ts';

/** What the policy says about one exchange. */
export interface Decision {
  readonly allowed: boolean;
  /** Name of the rule that decided, as the policy gives it. */
  readonly rule: string | null;
  /** Why, as the policy gives it: for the entry and the caller. */
  readonly reason: string | null;
  /** Why *we* deny although the policy did not say so: `policy_error: ...` or `policy_result: ...`; null when it did. */
  readonly fault: string | null;
  /** On an allow set on the request, on a denial sent to the caller. */
  readonly headers: Pair[];
  readonly body: string | null;
  /** Of a denial; null where the policy leaves it open (403 then). */
  readonly httpStatus: number | null;
  readonly requestHeadersToRemove: string[];
  readonly responseHeadersToAdd: Pair[];
  readonly queryParametersToSet: Pair[];
  readonly queryParametersToRemove: string[];
  readonly dynamicMetadata: JsonObject;
  /** Unread: its room's `parse` reads it. Undefined when the policy does not mention it; so are the next two. */
  readonly hold: unknown;
  readonly mask: unknown;
  readonly record: unknown;
  readonly labels: JsonObject;
  /** At most 2 KiB of JSON that travels to the response phase. */
  readonly carry: JsonObject | null;
  /** `skip`: the response is not observed. */
  readonly release: 'full' | 'skip';
}

const plain: Decision = {
  allowed: false,
  rule: null,
  reason: null,
  fault: null,
  headers: [],
  body: null,
  httpStatus: null,
  requestHeadersToRemove: [],
  responseHeadersToAdd: [],
  queryParametersToSet: [],
  queryParametersToRemove: [],
  dynamicMetadata: {},
  hold: undefined,
  mask: undefined,
  record: undefined,
  labels: {},
  carry: null,
  release: 'full',
};

/** The denial for an error of the policy, the input or the result. It never leaves as an error of the call. */
export function faultDecision(error: unknown): Decision {
  const message = error instanceof CountersignError ? error.message : 'the evaluation failed';
  const code = codeOf(error);
  return { ...plain, fault: `${code === 'internal' ? 'policy_error' : code}: ${message}` };
}

/**
 * Reads an evaluation's result: a boolean, or an object of `members` (`result.ts`). Undefined, an unknown member and a
 * wrong type are denials that name the path; this never throws.
 */
export function readDecision(result: Json | undefined): Decision {
  try {
    if (typeof result === 'boolean') return { ...plain, allowed: result };
    if (result === undefined)
      throw new CountersignError('policy_error', 'the decision is undefined: no rule of the policy gave a value');
    if (!isObject(result)) return wrong('$', 'a boolean or an object', jsonType(result));
    return readObject(result);
  } catch (error) {
    return faultDecision(error);
  }
}

function readObject(result: JsonObject): Decision {
  for (const name of Object.keys(result))
    if (!Object.hasOwn(members, name))
      wrong(`$[${JSON.stringify(name)}]`, `one of ${Object.keys(members).join(', ')}`, 'an unknown member');
  const decision: Decision = {
    allowed: read(result, 'allowed') ?? wrong('$.allowed', 'a boolean', 'nothing'),
    rule: read(result, 'rule') ?? null,
    reason: read(result, 'reason') ?? null,
    fault: null,
    headers: read(result, 'headers') ?? [],
    body: read(result, 'body') ?? null,
    httpStatus: read(result, 'http_status') ?? null,
    requestHeadersToRemove: read(result, 'request_headers_to_remove') ?? [],
    responseHeadersToAdd: read(result, 'response_headers_to_add') ?? [],
    queryParametersToSet: read(result, 'query_parameters_to_set') ?? [],
    queryParametersToRemove: read(result, 'query_parameters_to_remove') ?? [],
    dynamicMetadata: read(result, 'dynamic_metadata') ?? {},
    hold: read(result, 'hold'),
    mask: read(result, 'mask'),
    record: read(result, 'record'),
    labels: read(result, 'labels') ?? {},
    carry: read(result, 'carry') ?? null,
    release: read(result, 'release') ?? 'full',
  };
  refuseContradictions(decision);
  return decision;
}

type Members = typeof members;

function read<Name extends keyof Members>(result: JsonObject, name: Name): ReturnType<Members[Name]> | undefined {
  const value = result[name];
  if (value === undefined) return undefined;
  return members[name](`$.${name}`, value) as ReturnType<Members[Name]>;
}

/** Results that say two things at once: whichever half we chose to believe, the author may have meant the other. */
function refuseContradictions({ allowed, hold, mask, release }: Decision): void {
  // `allowed` is false beside a hold, so that the same policy denies under plain OPA.
  if (allowed && hold !== undefined && hold !== null)
    wrong('$.hold', 'a hold only beside "allowed": false', 'an allow');
  const masks = mask !== undefined && mask !== null && !(Array.isArray(mask) && mask.length === 0);
  // A response that nobody observes can't be masked.
  if (release === 'skip' && masks) wrong('$.release', '"full" beside masks', '"skip"');
}
