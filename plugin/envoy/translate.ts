/** Protobuf to the nouns of `request.ts` and back. With `wire/` the only code that knows the wire types. */
export { writeCheckResponse } from './translate/answer.ts';
export { readCheck } from './translate/check.ts';
export { readHealthCheck, writeHealthCheck } from './translate/health.ts';
export type { BodyMode, ProcessContext, ProcessMessage, ProtocolConfig, RequestHead } from './translate/process.ts';
export { readProcess } from './translate/process.ts';
export type { HeaderEdits, Immediate, ReplyOptions, Side } from './translate/reply.ts';
export { headersReply, immediateReply, streamedBodyReply, trailersReply } from './translate/reply.ts';
