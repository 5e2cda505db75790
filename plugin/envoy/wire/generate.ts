/**
 * Writes `wire.js` and `wire.d.ts` from the .proto files beside this one and those that npm carries.
 *
 *     node plugin/envoy/wire/generate.ts [--check]
 *
 * Only what a Check, a Process stream and a health check can reach is generated. `--check` writes nothing and exits 1
 * when the committed files are not what this script would write.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import protobuf from 'protobufjs';
import cli from 'protobufjs-cli';

const here = dirname(fileURLToPath(import.meta.url));
const xds = join(dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const folders = [
  ...['envoy-api', 'googleapis', 'xds', 'protoc-gen-validate'].map((name) => join(xds, name)),
  dirname(createRequire(import.meta.url).resolve('protobufjs/package.json')),
];

/** Messages that arrive or leave as the whole of a gRPC message, or that are decoded on their own. */
const wanted = [
  'envoy.service.auth.v3.CheckRequest',
  'envoy.service.auth.v3.CheckResponse',
  'envoy.service.ext_proc.v3.ProcessingRequest',
  'envoy.service.ext_proc.v3.ProcessingResponse',
  'envoy.service.ext_proc.v3.AttributesEntry',
  'google.protobuf.Any',
  'google.protobuf.Struct',
  'grpc.health.v1.HealthCheckRequest',
  'grpc.health.v1.HealthCheckResponse',
];

/** Enumerations as numbers: Envoy sends values that are newer than any list, and HTTP has sixty status codes. */
const numeric = new Set(['.envoy.type.v3.StatusCode']);

/** Fields that `translate/struct.ts` reads from their bytes, straight into JSON. */
const asBytes = new Set([
  '.envoy.service.auth.v3.AttributeContext.metadataContext',
  '.envoy.service.auth.v3.AttributeContext.routeMetadataContext',
  '.envoy.service.ext_proc.v3.AttributesEntry.value',
]);

async function load(): Promise<protobuf.Root> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    if (isAbsolute(target)) return target;
    return folders.map((folder) => join(folder, target)).find((path) => existsSync(path)) ?? target;
  };
  await root.load([
    join(xds, 'envoy-api/envoy/service/auth/v3/external_auth.proto'),
    join(here, 'external_processor.proto'),
    join(here, 'health.proto'),
  ]);
  root.resolveAll();
  return root;
}

/** The wanted types, all types of their fields, and so on. */
function reachable(root: protobuf.Root): Set<protobuf.ReflectionObject> {
  const found = new Set<protobuf.ReflectionObject>();
  const visit = (object: protobuf.ReflectionObject | null): void => {
    if (object === null || found.has(object)) return;
    found.add(object);
    if (!(object instanceof protobuf.Type)) return;
    for (const field of object.fieldsArray) {
      if (field.resolvedType !== null && numeric.has(field.resolvedType.fullName)) {
        field.type = 'int32';
        field.resolvedType = null;
      } else if (asBytes.has(field.fullName)) {
        field.type = 'bytes';
        field.resolvedType = null;
        // A message that comes in parts is their bytes one after another, and one that is empty is not one that is missing.
        field.repeated = true;
        field.rule = 'repeated';
      } else visit(field.resolvedType);
    }
  };
  for (const name of wanted) visit(root.lookupType(name));
  return found;
}

/**
 * All reachable types in one namespace: their packages are no part of the bytes, and short names make small code.
 * Fails on two types of one name.
 */
function flatten(types: ReadonlySet<protobuf.ReflectionObject>): protobuf.Root {
  const root = new protobuf.Root();
  const wire = root.define('wire');
  for (const type of types) {
    if (type.parent instanceof protobuf.Type) continue;
    type.parent?.remove(type);
    wire.add(type);
  }
  for (const type of types) {
    if (!(type instanceof protobuf.Type)) continue;
    for (const field of [...type.fieldsArray]) {
      if (field.resolvedType !== null) field.type = field.resolvedType.fullName;
      rename(type, field);
    }
  }
  return root;
}

/** protobufjs's own Any has proto names (`type_url`): all fields get the JSON names that policies read. */
function rename(type: protobuf.Type, field: protobuf.Field): void {
  const name = protobuf.util.camelCase(field.name);
  if (name === field.name) return;
  type.remove(field);
  field.name = name;
  type.add(field);
}

/** Options in parentheses (validation rules, annotations of Envoy's documentation) generate nothing. */
function stripOptions(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(stripOptions);
  const kept = Object.entries(json).filter(([key]) => !key.startsWith('(') && key !== 'parsedOptions');
  return Object.fromEntries(kept.map(([key, value]) => [key, stripOptions(value)]));
}

const flags =
  '--target static-module --wrap esm --dependency protobufjs/minimal.js --root countersign --no-create --no-verify --no-convert --no-delimited --no-typeurl --no-service';

/** The types are made from comments, which the code does without: two runs. */
const runs = { 'wire.js': ['--no-comments'], 'wire.d.ts': ['--dts'] };

async function generate(): Promise<ReadonlyMap<string, string>> {
  const root = flatten(reachable(await load()));
  const folder = await mkdtemp(join(tmpdir(), 'wire-'));
  const output = new Map<string, string>();
  try {
    const source = join(folder, 'root.json');
    await writeFile(source, JSON.stringify(stripOptions(root.toJSON())));
    for (const [name, extra] of Object.entries(runs)) {
      await promisify(cli.pbjs.main)([...flags.split(' '), ...extra, '--out', join(folder, 'wire.js'), source]);
      const text = await readFile(join(folder, name), 'utf8');
      output.set(name, `// Generated by generate.ts. Do not edit.\n${text.replaceAll('    ', ' ')}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return output;
}

const check = process.argv.includes('--check');
for (const [name, text] of await generate()) {
  const path = join(here, name);
  if (!check) await writeFile(path, text);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`${name} is not current: run "node plugin/envoy/wire/generate.ts" and commit what it writes\n`);
    process.exitCode = 1;
  }
}
