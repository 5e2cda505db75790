import type { Descriptors, MethodType } from '../descriptors.ts';
import { type Command, unparsed } from './command.ts';
import { mediaType, type Seen, single } from './seen.ts';

/** Media types whose messages are protobuf in gRPC's frames. */
const framedTypes: ReadonlySet<string> = new Set([
  ...['application/grpc', 'application/grpc+proto', 'application/grpc-web', 'application/grpc-web+proto'],
]);

/** The flags and the length before each message. */
const prefixBytes = 5;

/**
 * What a gRPC request calls: `service` and `method` by name, whether either side streams (`client_streaming`,
 * `server_streaming`), and the `message` of the request in protojson, by the descriptor set of the configuration.
 */
export function grpc(request: Seen, descriptors: Descriptors | null): readonly Command[] {
  if (descriptors === null) return [unparsed('no descriptor set is configured: set commands.descriptors')];
  const method = descriptors.method(request.path);
  if (method === null) return [unparsed('the descriptor set has no such method')];
  const read = messageOf(request, method);
  if ('reason' in read) return [unparsed(read.reason)];
  const { service, method: name, serverStreaming } = method;
  const facts = { service, method: name, client_streaming: false, server_streaming: serverStreaming };
  return [{ kind: 'grpc', ...facts, message: read.value }];
}

type Message = NonNullable<ReturnType<MethodType['request']['json']>>;

function messageOf(
  request: Seen,
  { clientStreaming, request: type }: MethodType,
): Message | { readonly reason: string } {
  if (request.method !== 'POST') return { reason: 'gRPC knows POST only' };
  if (!framedTypes.has(mediaType(request) ?? ''))
    return { reason: 'the content type is not that of protobuf over gRPC' };
  if (clientStreaming) return { reason: 'the method takes a stream of messages' };
  const framed = unaryMessage(request.body, single(request, 'content-encoding') === null);
  if ('reason' in framed) return framed;
  return type.json(framed.message) ?? { reason: `the message is no ${type.name}` };
}

/** The one message that a unary request has. */
function unaryMessage(
  body: Uint8Array | null,
  plain: boolean,
): { readonly message: Uint8Array } | { readonly reason: string } {
  if (body === null) return { reason: 'body unseen' };
  if (!plain) return { reason: 'the header content-encoding changes what the request means' };
  if (body.length < prefixBytes) return { reason: 'the body has no gRPC frame' };
  const [flags] = body;
  if (flags !== 0) return { reason: 'the message is compressed, or its flags are unknown' };
  const length = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(1);
  if (length !== body.length - prefixBytes) return { reason: 'the body is not one whole gRPC frame' };
  return { message: body.subarray(prefixBytes) };
}
