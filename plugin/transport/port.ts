/**
 * gRPC as bytes, deadlines and flow control. Knows nothing of protobuf, of Envoy or of what a call means.
 *
 * Every adapter passes `test/contract/transport.ts`. What it promises:
 * - messages of one call arrive in order, one `onMessage` each, and never after `onCancel` or after our `finish`;
 * - `send` puts messages on the wire in order; nothing sent after `finish` leaves;
 * - an exception in a handler ends that call with INTERNAL and touches no other call;
 * - a peer may reset any number of streams, as Envoy does with each ext_proc stream, and no other call notices.
 */

/** A gRPC status: the code (https://grpc.github.io/grpc/core/md_doc_statuscodes.html) and a message for people. */
export interface Status {
  readonly code: number;
  readonly message: string;
}

/** The codes that this product sends. */
export const statusCode = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** One gRPC call, unary or streamed in either direction. */
export interface Call {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Request metadata: lower-case names, repeated ones joined by `, `; no pseudo headers. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 at which the peer gives up (`grpc-timeout`); null when it waits for ever. */
  readonly deadline: number | null;
  /**
   * Sends one message; the transport owns the bytes from here on. False when the peer is slow: nothing is lost, but wait
   * for `onDrain` before sending more. Ignored after `finish` and after the peer left.
   */
  send(message: Uint8Array): boolean;
  /** Ends the call with trailers, after what was sent. The first call counts; later ones are ignored. */
  finish(status: Status): void;
  /** Stops reading: once the stream's window is full the peer must stop sending. A message or two may still arrive. */
  pause(): void;
  resume(): void;
}

/** What a route does with a call. */
export interface Handler {
  /** One message. The bytes are the handler's to keep. */
  onMessage(message: Buffer): void;
  /** The peer will send no more (half-close). Never called when the peer left instead. */
  onEnd?(): void;
  /** The peer reset the stream or its connection went away before our `finish`. Called once at most, and last. */
  onCancel?(): void;
  /** After `send` returned false: there is room again. */
  onDrain?(): void;
}

/** Starts a call: the returned handler gets its messages. */
export type Route = (call: Call) => Handler;

/** Where to listen. Port 0 takes a free one. */
export type Listener = { readonly unix: string } | { readonly host: string; readonly port: number };

/** A listening server. */
export interface Server {
  /** `host:port` as bound, or the path of the socket. */
  readonly address: string;
  /**
   * Takes no more calls, lets those in flight finish, and resolves when the last connection has closed; after
   * `timeoutMs` (milliseconds) what is left is cut, and its handlers get `onCancel`.
   */
  drain(timeoutMs: number): Promise<void>;
}

/** Serves gRPC routes, keyed by path. A path without a route is answered UNIMPLEMENTED. */
export interface Transport {
  /** Rejects with `config_invalid` when the listener can't be opened safely (threat 18). */
  serve(routes: ReadonlyMap<string, Route>, listener: Listener): Promise<Server>;
}
