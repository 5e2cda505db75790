import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** Why opa-envoy-plugin can't be asked here; false when it can. */
export const withoutOpaEnvoy: string | false = process.env.OPA_ENVOY
  ? false
  : 'set $OPA_ENVOY to an opa-envoy-plugin binary to compare with it';

const protos = join(dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const loaded = loadSync('envoy/service/auth/v3/external_auth.proto', {
  keepCase: true,
  defaults: true,
  includeDirs: ['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'].map((name) => join(protos, name)),
});
const { Authorization } = (
  grpc.loadPackageDefinition(loaded) as unknown as {
    envoy: { service: { auth: { v3: { Authorization: grpc.ServiceClientConstructor } } } };
  }
).envoy.service.auth.v3;
const check = Authorization.service.Check as grpc.MethodDefinition<object, CheckResponse>;

type Option = { readonly header: { readonly key: string; readonly value: string } };

/** What the tests look at of opa-envoy-plugin's answer; empty messages are null there. */
export interface CheckResponse {
  readonly status: { readonly code: number };
  readonly denied_response?: {
    readonly status: { readonly code: number } | null;
    readonly headers: readonly Option[];
    readonly body: string;
  } | null;
  readonly ok_response?: {
    readonly headers: readonly Option[];
    readonly headers_to_remove: readonly string[];
    readonly response_headers_to_add: readonly Option[];
    readonly query_parameters_to_set: readonly { readonly key: string; readonly value: string }[];
    readonly query_parameters_to_remove: readonly string[];
  } | null;
  readonly dynamic_metadata?: { readonly fields: Readonly<Record<string, object>> } | null;
}

/** The bytes of a CheckRequest of these members. */
export const checkBytes = (request: object): Buffer => check.requestSerialize(request);

/** Reads the bytes of a CheckResponse. */
export const readAnswer = (bytes: Buffer): CheckResponse => check.responseDeserialize(bytes);

/** Rejects with opa-envoy-plugin's error where it ends the call with one. */
export interface OpaEnvoy {
  check(request: object): Promise<CheckResponse>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts the plugin on a folder of Rego. */
export async function startOpaEnvoy(folder: string): Promise<OpaEnvoy> {
  const address = `127.0.0.1:${await freePort()}`;
  const settings = [
    `plugins.envoy_ext_authz_grpc.addr=${address}`,
    'plugins.envoy_ext_authz_grpc.path=envoy/authz/allow',
  ];
  const args = [
    'run',
    '--server',
    '--addr',
    '127.0.0.1:0',
    '--log-level',
    'error',
    ...settings.flatMap((one) => ['--set', one]),
    folder,
  ];
  const child: ChildProcess = spawn(process.env.OPA_ENVOY ?? '', args, { stdio: 'ignore' });
  const client = new Authorization(address, grpc.credentials.createInsecure());
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + 8_000, (error) => (error ? reject(error) : resolve()));
  });
  return {
    check: (request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          check.path,
          check.requestSerialize,
          check.responseDeserialize,
          request,
          (error, response) => (error || response === undefined ? reject(error) : resolve(response)),
        );
      }),
    async close() {
      client.close();
      child.kill();
      await once(child, 'exit');
    },
  };
}
