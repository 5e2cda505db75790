import type { JsonObject } from '../request.ts';

/** Header or query parameter: name and value, in the order in which they are to be set. */
export type Pair = readonly [name: string, value: string];

/** The request may go on, changed like this. */
export interface Allow {
  readonly kind: 'allow';
  /** Request headers that replace any of the same name. */
  readonly headersToSet: readonly Pair[];
  readonly headersToRemove: readonly string[];
  /** Headers added to the upstream's response. */
  readonly responseHeadersToAdd: readonly Pair[];
  readonly queryToSet: readonly Pair[];
  readonly queryToRemove: readonly string[];
  /** The proxy's dynamic metadata for this exchange. */
  readonly metadata: JsonObject;
}

/** The caller is answered at once with this status (200 to 599), headers and body. */
export interface Deny {
  readonly kind: 'deny';
  readonly httpStatus: number;
  readonly headers: readonly Pair[];
  readonly body: string;
  readonly metadata: JsonObject;
  /** The request waits for people: what is answered is a ticket. */
  readonly held?: true;
}

/** What a Check is answered with. */
export type Answer = Allow | Deny;

/**
 * Headers by which a caller makes Envoy's router repeat, hedge or time a request that was allowed once (threat 1).
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter
 */
const routerHeaders = [
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-is-timeout-retry',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-stream-duration-ms',
];

/** Ours: meant for this service, not for the upstream. */
const ownHeaders = ['countersign-justification', 'countersign-break-glass'];

/** What every allow removes from the request. */
export const removedFromEveryRequest: readonly string[] = [...routerHeaders, ...ownHeaders];

/** The members of a refusal's problem document (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** Last part of the problem's type URI. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly exchange: string;
  readonly rule?: string | null;
  /** Further members, such as a hold's id and state. */
  readonly members?: JsonObject;
  readonly headers?: readonly Pair[];
}

/** Serialises a problem document as `application/problem+json`. */
export function problemBody(problem: Problem): string {
  return JSON.stringify({
    type: `https://countersign.dev/problems/${problem.type}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:uuid:${problem.exchange}`,
    ...(problem.rule ? { rule: problem.rule } : {}),
    ...problem.members,
  });
}

/** A refusal that says why. Its response is ours, so that release skips it. */
export function problemAnswer(problem: Problem): Deny {
  return {
    kind: 'deny',
    httpStatus: problem.status,
    headers: [['content-type', 'application/problem+json'], ['cache-control', 'no-store'], ...(problem.headers ?? [])],
    body: problemBody(problem),
    metadata: { decision_id: problem.exchange, release: 'skip' },
  };
}
