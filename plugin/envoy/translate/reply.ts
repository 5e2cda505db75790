import type { JsonObject } from '../../request.ts';
import { wire } from '../wire/wire.js';
import { bufferOf, rawValue, setOptions } from './headers.ts';
import { jsonToStruct } from './struct.ts';

/** Which half of an exchange a message of an ext_proc stream speaks of. */
export type Side = 'request' | 'response';

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

/** Answers a headers message. `status` replaces `:status` (200 to 599). */
export function headersReply(edits: HeaderEdits & { readonly status?: number }, options: ReplyOptions = {}): Buffer {
  const status = edits.status === undefined ? [] : [[':status', `${edits.status}`] as const];
  const reply = { response: { headerMutation: mutationOf({ ...edits, set: [...status, ...(edits.set ?? [])] }) } };
  return write(options.side === 'request' ? { requestHeaders: reply } : { responseHeaders: reply }, options);
}

/** One chunk of a body in FULL_DUPLEX_STREAMED mode: N messages may be answered by M of these. */
export function streamedBodyReply(body: Uint8Array, endOfStream: boolean, options: ReplyOptions = {}): Buffer {
  const reply = { response: { bodyMutation: { streamedResponse: { body, endOfStream } } } };
  return write(options.side === 'request' ? { requestBody: reply } : { responseBody: reply }, options);
}

/** Answers a trailers message; in FULL_DUPLEX_STREAMED mode it ends that side. */
export function trailersReply(edits: HeaderEdits, options: ReplyOptions = {}): Buffer {
  const reply = { headerMutation: mutationOf(edits) };
  return write(options.side === 'request' ? { requestTrailers: reply } : { responseTrailers: reply }, options);
}

/** Ends the exchange with an answer of ours. Once the response has begun, Envoy resets it instead. */
export function immediateReply(immediate: Immediate, options: ReplyOptions = {}): Buffer {
  const { status, headers, body, details } = immediate;
  const immediateResponse = {
    status: { code: status },
    headers: mutationOf({ set: headers ?? [] }),
    body: typeof body === 'string' ? Buffer.from(body) : body,
    details,
  };
  return write({ immediateResponse }, options);
}

function mutationOf(edits: HeaderEdits): wire.HeaderMutation.$Properties {
  return { setHeaders: setOptions(edits.set ?? [], rawValue), removeHeaders: [...(edits.remove ?? [])] };
}

function write(response: wire.ProcessingResponse.$Properties, options: ReplyOptions): Buffer {
  const dynamicMetadata = options.metadata === undefined ? null : jsonToStruct(options.metadata);
  return bufferOf(wire.ProcessingResponse.encode({ ...response, dynamicMetadata }).finish());
}
