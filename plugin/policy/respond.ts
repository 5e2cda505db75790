import { CountersignError, codeOf } from '../errors.ts';
import type { Json, JsonObject } from '../request.ts';
import { isObject, jsonType, members, wrong } from './result.ts';

/** What the policy says about one response, when its head is there and the upstream has executed. */
export interface ResponseDecision {
  readonly allowed: boolean;
  readonly rule: string | null;
  readonly reason: string | null;
  /** Why *we* withhold although the policy did not say so; null when it did. */
  readonly fault: string | null;
  /** Of a denial: 403 tells the caller not to try again, 502 that they may. */
  readonly httpStatus: 403 | 502;
  /** Unread, as in `Decision`: masks beside those of the decision; how much is recorded. */
  readonly mask: unknown;
  readonly record: unknown;
}

const plain: ResponseDecision = {
  allowed: false,
  rule: null,
  reason: null,
  fault: null,
  httpStatus: 403,
  mask: undefined,
  record: undefined,
};

function status(path: string, value: Json): 403 | 502 {
  return value === 403 || value === 502
    ? value
    : wrong(path, '403 or 502', jsonType(value) === 'number' ? 'another status' : jsonType(value));
}

/**
 * Every member that the result of the response phase may have. The request has gone and its headers with it, the
 * upstream has executed: what could only have been done before that is refused by name.
 */
export const responseMembers = {
  allowed: members.allowed,
  rule: members.rule,
  reason: members.reason,
  http_status: status,
  mask: members.mask,
  record: members.record,
} as const;

/** The withheld response for an error of the policy or the result. */
export function faultResponse(error: unknown): ResponseDecision {
  const message = error instanceof CountersignError ? error.message : 'the evaluation failed';
  const code = codeOf(error);
  return { ...plain, httpStatus: 502, fault: `${code === 'internal' ? 'policy_error' : code}: ${message}` };
}

/** Reads the result of `envoy/authz/response`. Never throws: undefined, an unknown member and a wrong type withhold. */
export function readResponse(result: Json | undefined): ResponseDecision {
  try {
    if (typeof result === 'boolean') return { ...plain, allowed: result };
    if (result === undefined)
      throw new CountersignError('policy_error', 'the response rule is undefined: no rule of the policy gave a value');
    if (!isObject(result)) return wrong('$', 'a boolean or an object', jsonType(result));
    return readObject(result);
  } catch (error) {
    return faultResponse(error);
  }
}

function readObject(result: JsonObject): ResponseDecision {
  for (const name of Object.keys(result))
    if (!Object.hasOwn(responseMembers, name))
      wrong(
        Object.hasOwn(members, name) ? `$.${name}` : `$[${JSON.stringify(name)}]`,
        `one of ${Object.keys(responseMembers).join(', ')}`,
        Object.hasOwn(members, name) ? 'a member that is too late: the upstream has executed' : 'an unknown member',
      );
  const { allowed, rule, reason, http_status: httpStatus, mask, record } = result;
  return {
    allowed: allowed === undefined ? wrong('$.allowed', 'a boolean', 'nothing') : members.allowed('$.allowed', allowed),
    rule: rule === undefined ? null : members.rule('$.rule', rule),
    reason: reason === undefined ? null : members.reason('$.reason', reason),
    fault: null,
    httpStatus: httpStatus === undefined ? 403 : status('$.http_status', httpStatus),
    mask,
    record,
  };
}
