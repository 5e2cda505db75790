/** A service that does nothing, on a transport of ours: what Countersign can't go below. `transport.ts SOCKET node|h2` */
import { headersReply, readProcess, streamedBodyReply, writeCheckResponse } from '../../plugin/envoy/translate.ts';
import { h2Transport } from '../../plugin/transport/h2/server.ts';
import { nodeTransport } from '../../plugin/transport/node.ts';
import { type Route, statusCode } from '../../plugin/transport/port.ts';

const ok = { code: statusCode.ok, message: '' };

/** The same bytes for every Check, which is not even read. */
const allowed = writeCheckResponse({
  kind: 'allow',
  headersToSet: [],
  headersToRemove: [],
  responseHeadersToAdd: [],
  queryToSet: [],
  queryToRemove: [],
  metadata: {},
});
const unchanged = headersReply({});

const check: Route = (call) => ({
  onMessage() {
    call.send(Buffer.from(allowed));
    call.finish(ok);
  },
});

const process_: Route = (call) => ({
  onMessage(bytes) {
    const message = readProcess(bytes);
    if (message.kind === 'responseHeaders') call.send(Buffer.from(unchanged));
    else if (message.kind === 'responseBody') call.send(streamedBodyReply(message.body, message.endOfStream));
  },
  onEnd: () => call.finish(ok),
});

const transport = process.argv[3] === 'h2' ? h2Transport() : nodeTransport();

await transport.serve(
  new Map([
    ['/envoy.service.auth.v3.Authorization/Check', check],
    ['/envoy.service.ext_proc.v3.ExternalProcessor/Process', process_],
  ]),
  { unix: process.argv[2] ?? '' },
);
