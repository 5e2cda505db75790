/** The nouns that several rooms share: what was asked, who asked it, how it was answered. */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

/** One header line as it arrived: lower-case name, raw bytes of the value. Order and duplicates are kept. */
export interface Header {
  readonly name: string;
  readonly value: Buffer;
}

/** One HTTP request, as Envoy's Check describes it. */
export interface Request {
  /** Envoy's stream id (`attributes.request.http.id`): the same again when Envoy repeats a Check, never shared. */
  readonly id: string;
  readonly method: string;
  readonly scheme: string;
  /** `:authority` as it arrived. */
  readonly authority: string;
  /** Raw path and query as it arrived. */
  readonly path: string;
  readonly protocol: string;
  /** In order, with duplicates, without the pseudo headers and without Envoy's `x-envoy-auth-partial-body`. */
  readonly headers: readonly Header[];
  /** The whole body; null when it was truncated or not shown, so that nobody knows what it says (threat 8). */
  readonly body: Buffer | null;
  /** The route's `context_extensions` of ext_authz: the operator's word, not the caller's. */
  readonly extensions: Readonly<Record<string, string>>;
  /** The verified payload that `jwt_authn` left in dynamic metadata, or null. */
  readonly jwt: JsonObject | null;
  /** URI SAN (or subject) of the verified client certificate; empty without mTLS. */
  readonly peer: string;
  /** Caller's address and port, for the record only. */
  readonly source: string;
  /** The CheckRequest as opa-envoy-plugin shows it to policies: `{attributes: {...}}` in protojson names. */
  readonly check: JsonObject;
}

/** Someone who acts for the principal (RFC 8693 section 4.1 `act`), outermost actor first. */
export interface Actor {
  readonly id: string;
  readonly issuer: string;
}

/** Who asks. Verified by Envoy or by us; never taken from what the caller merely says. */
export interface Principal {
  readonly id: string;
  readonly issuer: string;
  readonly kind: 'human' | 'agent' | 'workload';
  readonly groups: readonly string[];
  readonly actors: readonly Actor[];
  readonly method: 'jwt' | 'mtls' | 'header' | 'none';
  /** The human behind it, by the issuer's configured claim, prefixed by nothing; null when no mapping names one. */
  readonly person: string | null;
  /** The human who owns an agent (`owner` claim); null when there is none. */
  readonly owner: string | null;
  /** Seconds since 1970 at which the identity ends (`exp`); null when it does not say. */
  readonly expires: number | null;
  readonly claims: JsonObject;
}

/** The head of a response, as ext_proc shows it. */
export interface ResponseHead {
  readonly status: number;
  /** In order, with duplicates, without pseudo headers. */
  readonly headers: readonly Header[];
}

/** First value of a header as text (UTF-8), or undefined. `name` is lower-case. */
export function headerText(headers: readonly Header[], name: string): string | undefined {
  for (const header of headers) if (header.name === name) return header.value.toString('utf8');
  return undefined;
}
