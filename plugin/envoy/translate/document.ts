import type { Header, Json, JsonObject } from '../../request.ts';
import type { wire } from '../wire/wire.js';
import { bufferOf } from './headers.ts';
import { joined, type Members, readMetadata, setMember } from './struct.ts';

/**
 * A CheckRequest as opa-envoy-plugin shows it to policies (its `envoyauth/protomap.go`): JSON names, only populated
 * fields, 64-bit integers and enumerations as numbers, bytes in base64, a timestamp as `{seconds, nanos}`, a Struct as
 * the object that it stands for.
 *
 * Two additions, so that policies written for that plugin keep working under `encode_raw_headers` and `pack_as_bytes`,
 * where Envoy leaves `headers` and `body` empty: `headers` is filled from the header map, and `body` from the raw body
 * when that is UTF-8.
 *
 * @param metadata `attributes.metadataContext`, which is read apart
 */
export function checkDocument(check: wire.CheckRequest, headers: readonly Header[], metadata: JsonObject): JsonObject {
  const document = messageToJson(check);
  const attributes = member(document, 'attributes');
  const http = member(member(attributes, 'request'), 'http');
  const raw = check.attributes?.request?.http?.rawBody;
  const added: Record<string, Json> = {};
  if (http.headers === undefined && headers.length > 0) added.headers = joinHeaders(headers);
  if (http.body === undefined && raw != null && raw.length > 0) {
    const text = utf8(raw);
    if (text !== null) added.body = text;
  }
  // The document was made here and nobody else has seen it yet.
  Object.assign(http, added);
  const { metadataContext, routeMetadataContext } = check.attributes ?? {};
  if (metadataContext?.length) Object.assign(attributes, { metadataContext: metadata });
  if (routeMetadataContext?.length)
    Object.assign(attributes, { routeMetadataContext: readMetadata(joined(routeMetadataContext)) });
  return document;
}

function member(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** As Envoy fills `headers`: pseudo headers too, duplicates joined by a comma. */
function joinHeaders(headers: readonly Header[]): JsonObject {
  const joined = new Map<string, string>();
  for (const { name, value } of headers) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value.toString('utf8') : `${before},${value.toString('utf8')}`);
  }
  return Object.fromEntries(joined);
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

function messageToJson(message: object): Members {
  const members: Members = {};
  for (const name of Object.keys(message)) {
    const json = fieldToJson((message as Record<string, unknown>)[name]);
    if (json !== undefined) setMember(members, name, json);
  }
  return members;
}

/** Undefined when the field is not populated: an empty list or map, or absent. */
function fieldToJson(value: unknown): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return bufferOf(value).toString('base64');
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => fieldToJson(item) ?? null);
  if (typeof value !== 'object') return undefined;
  if (isLong(value)) return value.toNumber();
  // protobufjs makes a map a plain object, and a message an instance of its type.
  const isMap = Object.getPrototypeOf(value) === Object.prototype;
  return isMap && Object.keys(value).length === 0 ? undefined : messageToJson(value);
}

/** A 64-bit integer is a Long when the package `long` is installed, which protobufjs depends on. */
function isLong(value: object): value is { toNumber(): number } {
  return 'toNumber' in value && 'unsigned' in value;
}
