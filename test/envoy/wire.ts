/** Messages made and read without our generated code: by reflection on the .proto files that npm carries, and on ours. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const resolve = createRequire(import.meta.url).resolve;
const deps = join(dirname(resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const folders = [
  ...['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'].map((name) => join(deps, name)),
  dirname(resolve('protobufjs/package.json')),
];
const ours = fileURLToPath(new URL('../../plugin/envoy/wire/', import.meta.url));

function load(file: string): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith('/')
      ? target
      : (folders.map((folder) => join(folder, target)).find((path) => protobuf.util.fs?.existsSync(path)) ?? target);
  return root.loadSync(file);
}

const auth = load(join(deps, 'envoy-api/envoy/service/auth/v3/external_auth.proto'));
const process = load(join(ours, 'external_processor.proto'));
const health = load(join(ours, 'health.proto'));

const types = {
  CheckRequest: auth.lookupType('envoy.service.auth.v3.CheckRequest'),
  CheckResponse: auth.lookupType('envoy.service.auth.v3.CheckResponse'),
  Metadata: auth.lookupType('envoy.config.core.v3.Metadata'),
  ProcessingRequest: process.lookupType('envoy.service.ext_proc.v3.ProcessingRequest'),
  ProcessingResponse: process.lookupType('envoy.service.ext_proc.v3.ProcessingResponse'),
  AttributesEntry: process.lookupType('envoy.service.ext_proc.v3.AttributesEntry'),
  HealthCheckRequest: health.lookupType('grpc.health.v1.HealthCheckRequest'),
  HealthCheckResponse: health.lookupType('grpc.health.v1.HealthCheckResponse'),
};

/** Bytes of a message; members in camelCase. */
export function encode(type: keyof typeof types, message: object): Buffer {
  return Buffer.from(types[type].encode(types[type].fromObject(message)).finish());
}

/** A message as plain JSON: enumerations by name, bytes in base64, oneofs named. */
export function decode(type: keyof typeof types, bytes: Uint8Array): Record<string, unknown> {
  const options = { enums: String, bytes: String, longs: Number, oneofs: true, json: true };
  return types[type].toObject(types[type].decode(bytes), options);
}

/** A Check of a GET over HTTP/1.1 by curl, with what a test changes of `attributes.request.http`, and of `attributes`. */
export function checkBytes(http: object = {}, attributes: object = {}): Buffer {
  const request = {
    http: { id: '1', method: 'GET', path: '/', host: 'h', scheme: 'http', protocol: 'HTTP/1.1', ...http },
  };
  return encode('CheckRequest', { attributes: { request, ...attributes } });
}

/** A header map of `name: value` pairs, values raw. */
export function headerMap(...pairs: readonly (readonly [string, string | Buffer])[]): object {
  return { headers: pairs.map(([key, value]) => ({ key, rawValue: Buffer.from(value as string) })) };
}
