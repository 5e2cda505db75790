/**
 * Protobuf to the nouns of `request.ts` and back. With `wire/` the only code that knows the wire types.
 *
 *     readCheck(bytes: Buffer): Request                                            check_malformed
 *     writeCheckResponse(answer: Answer): Buffer
 *     readProcess(bytes: Buffer): ProcessMessage                                   process_malformed
 *     headersReply(edits: HeaderEdits & { status?: number }, options?: ReplyOptions): Buffer
 *     streamedBodyReply(body: Uint8Array, endOfStream: boolean, options?: ReplyOptions): Buffer
 *     trailersReply(edits: HeaderEdits, options?: ReplyOptions): Buffer
 *     immediateReply(immediate: Immediate, options?: ReplyOptions): Buffer
 *     readHealthCheck(bytes: Buffer): string                                       the service's name, '' for the server
 *     writeHealthCheck(status: 'serving' | 'not_serving' | 'service_unknown'): Buffer
 */
export type { Allow, Answer, Deny, Pair } from './translate/answer.ts';
export type {
  BodyMode,
  HeaderEdits,
  Immediate,
  ProcessContext,
  ProcessMessage,
  ProtocolConfig,
  ReplyOptions,
  RequestHead,
  Side,
} from './translate/message.ts';
