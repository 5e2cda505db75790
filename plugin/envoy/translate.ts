/** Protobuf to the nouns of `request.ts` and back. With `wire/` the only code that knows the wire types. */
export type { Allow, Answer, Deny, Pair } from './translate/answer.ts';
export { writeCheckResponse } from './translate/answer.ts';
export { readCheck } from './translate/check.ts';
export { readHealthCheck, writeHealthCheck } from './translate/health.ts';
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
export { readProcess } from './translate/process.ts';
export { headersReply, immediateReply, streamedBodyReply, trailersReply } from './translate/reply.ts';
