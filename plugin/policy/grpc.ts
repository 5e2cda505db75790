import type { Descriptors } from '../descriptors.ts';
import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';

/** The flags and the length before each message. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const prefixBytes = 5;

/**
 * The message of a unary gRPC request in protojson, as opa-envoy-plugin's `proto-descriptor` gives it. `parsed` is null
 * for a method that the descriptors do not have, one that takes a stream, and a compressed message.
 * @throws CountersignError `policy_error` for a path or a message that is none, and for more than one message
 */
export function parseGrpc(
  body: Buffer,
  path: string,
  descriptors: Descriptors,
): { readonly parsed: Json; readonly truncated: boolean } {
  const unread = { parsed: null, truncated: false };
  const [called = ''] = path.split('?');
  if (called.replace(/^\/+/, '').split('/').length !== 2) throw wrong('a path of service and method');
  if (body.length < prefixBytes) throw wrong('a frame of 5 bytes or more');
  if (body[0] !== 0) return unread;
  const end = prefixBytes + body.readUInt32BE(1);
  if (end > body.length) return { parsed: null, truncated: true };
  const method = descriptors.method(called);
  if (method === null || method.clientStreaming) return unread;
  // Who answers by the first alone would not have seen what the upstream executes.
  if (end < body.length) throw wrong('one message for a unary method');
  const read = method.request.json(body.subarray(prefixBytes, end));
  if (read === null) throw wrong(`a message of ${method.request.name}`);
  return { parsed: read.value, truncated: false };
}

function wrong(expected: string): CountersignError {
  return new CountersignError('policy_error', `expected ${expected} in a gRPC request, got something else`);
}
