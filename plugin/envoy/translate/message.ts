import type { Header, JsonObject, ResponseHead } from '../../request.ts';

/** Which half of an exchange a message of an ext_proc stream speaks of. */
export type Side = 'request' | 'response';

/** How Envoy hands over a body (`ProcessingMode.BodySendMode`); `unknown` for one that is newer than we are. */
export type BodyMode =
  | 'none'
  | 'streamed'
  | 'buffered'
  | 'buffered_partial'
  | 'full_duplex_streamed'
  | 'grpc'
  | 'unknown';

/** What the filter says of its own configuration, on a stream's first message only. */
export interface ProtocolConfig {
  readonly requestBodyMode: BodyMode;
  readonly responseBodyMode: BodyMode;
  readonly sendBodyWithoutWaiting: boolean;
}

/** What every message may carry. Decoded when first read: the metadata comes with each body chunk too. */
export interface ProcessContext {
  /** `request_attributes` and `response_attributes` by name (`request.path`); throws process_malformed. */
  readonly attributes: JsonObject;
  /** Dynamic metadata by filter name (`envoy.filters.http.ext_authz`); throws process_malformed. */
  readonly metadata: JsonObject;
  /** True when Envoy ignores replies: nothing may be sent. */
  readonly observability: boolean;
  /** Null except on the first message. */
  readonly protocol: ProtocolConfig | null;
}

/** The head of a request as ext_proc shows it; the pseudo headers without their colon. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly Header[];
}

/** One message of an ext_proc stream. `endOfStream`: nothing follows on that side, no trailers either. */
export type ProcessMessage = ProcessContext &
  (
    | { readonly kind: 'requestHeaders'; readonly head: RequestHead; readonly endOfStream: boolean }
    | { readonly kind: 'responseHeaders'; readonly head: ResponseHead; readonly endOfStream: boolean }
    | { readonly kind: 'requestBody' | 'responseBody'; readonly body: Buffer; readonly endOfStream: boolean }
    | { readonly kind: 'requestTrailers' | 'responseTrailers'; readonly trailers: readonly Header[] }
  );

/** Changes of a head or of trailers. A header that is set replaces all of its name. */
export interface HeaderEdits {
  readonly set?: readonly (readonly [name: string, value: Buffer | string])[];
  readonly remove?: readonly string[];
}

/** What each reply may say besides its own: the side it answers (`response` when absent) and dynamic metadata by namespace. */
export interface ReplyOptions {
  readonly side?: Side;
  readonly metadata?: JsonObject;
}

/** A reply that ends the exchange with a local answer. `details` goes to Envoy's `%RESPONSE_CODE_DETAILS%`. */
export interface Immediate {
  readonly status: number;
  readonly headers?: readonly (readonly [name: string, value: Buffer | string])[];
  readonly body: Buffer | string;
  readonly details: string;
}
