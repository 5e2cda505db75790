/** A service that does nothing, as one writes it with @grpc/grpc-js and @grpc/proto-loader. `grpc-js.ts SOCKET` */
import http2, { type ServerOptions } from 'node:http2';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import grpc, { type handleBidiStreamingCall, type handleUnaryCall, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/**
 * Envoy resets each ext_proc stream, and grpc-js has no option that tells nghttp2 to bear it: its connections would be
 * cut all the time. Here it is told, so that what is compared is the cost of exchanges and not of reconnecting.
 */
const createServer = http2.createServer.bind(http2) as (
  options: ServerOptions,
) => ReturnType<typeof http2.createServer>;
Object.assign(http2, {
  createServer: (options: ServerOptions) =>
    createServer({ ...options, streamResetBurst: 2 ** 31, streamResetRate: 2 ** 31 }),
});

interface ProcessingRequest {
  readonly responseHeaders?: object;
  readonly responseBody?: { readonly body: Buffer; readonly endOfStream: boolean };
}

const xds = join(dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const wire = join(import.meta.dirname, '..', '..', 'plugin', 'envoy', 'wire');
const definition = loadSync(
  [join(xds, 'envoy-api/envoy/service/auth/v3/external_auth.proto'), join(import.meta.dirname, 'process.proto')],
  { includeDirs: [wire, ...['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'].map((name) => join(xds, name))] },
);

const check: handleUnaryCall<object, object> = (_call, answer) => answer(null, { status: { code: 0 }, okResponse: {} });

const process_: handleBidiStreamingCall<ProcessingRequest, object> = (call) => {
  call.on('data', ({ responseHeaders, responseBody }: ProcessingRequest) => {
    if (responseHeaders) call.write({ responseHeaders: {} });
    else if (responseBody)
      call.write({ responseBody: { response: { bodyMutation: { streamedResponse: responseBody } } } });
  });
  call.on('error', () => {});
  call.on('end', () => call.end());
};

const server = new grpc.Server();
server.addService(definition['envoy.service.auth.v3.Authorization'] as ServiceDefinition, { Check: check });
server.addService(definition['envoy.service.ext_proc.v3.ExternalProcessor'] as ServiceDefinition, {
  Process: process_,
});
server.bindAsync(`unix:${process.argv[2]}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
