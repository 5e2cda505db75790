import type { JsonObject } from '../../request.ts';

/** Header or query parameter: name and value, in the order in which they are to be set. */
export type Pair = readonly [name: string, value: string];

/** Envoy may send the request on, changed like this. `metadata` is `envoy.filters.http.ext_authz`'s dynamic metadata. */
export interface Allow {
  readonly kind: 'allow';
  /** Request headers that replace any of the same name (`OVERWRITE_IF_EXISTS_OR_ADD`). */
  readonly headersToSet: readonly Pair[];
  readonly headersToRemove: readonly string[];
  /** Headers added to the upstream's response. */
  readonly responseHeadersToAdd: readonly Pair[];
  readonly queryToSet: readonly Pair[];
  readonly queryToRemove: readonly string[];
  readonly metadata: JsonObject;
}

/** Envoy answers the caller itself with this status (200 to 599), headers and body. */
export interface Deny {
  readonly kind: 'deny';
  readonly httpStatus: number;
  readonly headers: readonly Pair[];
  readonly body: string;
  readonly metadata: JsonObject;
}

/** What a Check is answered with. */
export type Answer = Allow | Deny;
