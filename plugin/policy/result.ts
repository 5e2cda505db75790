import { CountersignError } from '../errors.ts';
import type { Json, JsonObject } from '../request.ts';
import { isRawNumber } from './json.ts';

/** Header or query parameter: name and value. */
export type Pair = [name: string, value: string];

/** The type of a JSON value by its JSON name, for messages. */
export function jsonType(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'object' && isRawNumber(value) ? 'number' : typeof value;
}

/** True for a JSON object; a number kept by its spelling (`json.ts`) is none. */
export function isObject(value: Json | undefined): value is JsonObject {
  return jsonType(value) === 'object';
}

/** @throws CountersignError always: `policy_result`, naming the path, what was expected and what came */
export function wrong(path: string, expected: string, came: string): never {
  throw new CountersignError('policy_result', `${path}: expected ${expected}, got ${came}`);
}

function text(path: string, value: Json | undefined): string {
  return typeof value === 'string' ? value : wrong(path, 'a string', jsonType(value));
}

/** RFC 9110 section 5.6.2 `token`; a leading colon admits HTTP/2's pseudo headers, which the proxy checks itself. */
const headerName = /^:?[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// RFC 9110 section 5.5: a proxy may not forward these, and a response could be split by them.
const unsafeInHeader = /[\0\r\n]/;

function header(path: string, name: string, value: Json | undefined): Pair {
  if (!headerName.test(name)) wrong(path, 'a header name (RFC 9110 token)', 'another text');
  const line = text(path, value);
  if (unsafeInHeader.test(line)) wrong(path, 'a header value without NUL, CR or LF', 'one that has them');
  return [name, line];
}

function pairs(path: string, value: JsonObject, read: (path: string, name: string, value: Json | undefined) => Pair) {
  return Object.entries(value).flatMap(([name, one]): Pair[] => {
    const at = `${path}[${JSON.stringify(name)}]`;
    return Array.isArray(one) ? one.map((item, i) => read(`${at}[${i}]`, name, item)) : [read(at, name, one)];
  });
}

function headers(path: string, value: Json): Pair[] {
  if (isObject(value)) return pairs(path, value, header);
  if (!Array.isArray(value)) return wrong(path, 'an object of headers or an array of such', jsonType(value));
  return value.flatMap((item, i) =>
    isObject(item)
      ? pairs(`${path}[${i}]`, item, header)
      : wrong(`${path}[${i}]`, 'an object of headers', jsonType(item)),
  );
}

function query(path: string, value: Json): Pair[] {
  if (!isObject(value)) return wrong(path, 'an object of query parameters', jsonType(value));
  return pairs(path, value, (at, name, one) => [name, text(at, one)]);
}

function texts(path: string, value: Json): string[] {
  if (!Array.isArray(value)) return wrong(path, 'an array of strings', jsonType(value));
  return value.map((item, i) => text(`${path}[${i}]`, item));
}

function headerNames(path: string, value: Json): string[] {
  const names = texts(path, value);
  names.forEach((name, i) => {
    if (!headerName.test(name)) wrong(`${path}[${i}]`, 'a header name (RFC 9110 token)', 'another text');
  });
  return names;
}

function object(path: string, value: Json): JsonObject {
  return isObject(value) ? value : wrong(path, 'an object', jsonType(value));
}

/**
 * What Envoy can answer with: `envoy.type.v3.StatusCode`, less 100, which ends no response.
 * https://github.com/envoyproxy/envoy/blob/main/api/envoy/type/v3/http_status.proto
 */
const statuses: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417],
  ...[421, 422, 423, 424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
]);

function status(path: string, value: Json): number {
  if (typeof value !== 'number') return wrong(path, 'a number', jsonType(value));
  return statuses.has(value) ? value : wrong(path, 'an HTTP status that Envoy can send', String(value));
}

/** Members of `dynamic_metadata` that are ours alone: release trusts what they say (threat 14). */
const reserved = ['decision_id', 'release', 'countersign'];

function metadata(path: string, value: Json): JsonObject {
  const given = object(path, value);
  for (const name of reserved)
    if (Object.hasOwn(given, name)) wrong(`${path}.${name}`, 'no such member: the name is reserved', 'one');
  return given;
}

/** Bytes of JSON that may travel to the response phase; the proxy's metadata is small. */
const carryLimit = 2_048;

function carry(path: string, value: Json): JsonObject {
  const size = Buffer.byteLength(JSON.stringify(object(path, value)));
  return size <= carryLimit ? object(path, value) : wrong(path, `at most ${carryLimit} bytes of JSON`, `${size}`);
}

function release(path: string, value: Json): 'full' | 'skip' {
  return value === 'full' || value === 'skip' ? value : wrong(path, '"full" or "skip"', 'something else');
}

function boolean(path: string, value: Json): boolean {
  return typeof value === 'boolean' ? value : wrong(path, 'a boolean', jsonType(value));
}

const asIs = (_: string, value: Json): unknown => value;

/**
 * Every member that a result object may have, with its reader. The first nine are opa-envoy-plugin's, read as its
 * `envoyauth/response.go` reads them. `hold`, `mask` and `record` are read by their own rooms.
 */
export const members = {
  allowed: boolean,
  headers,
  body: text,
  http_status: status,
  request_headers_to_remove: headerNames,
  response_headers_to_add: headers,
  query_parameters_to_set: query,
  query_parameters_to_remove: texts,
  dynamic_metadata: metadata,
  hold: asIs,
  mask: asIs,
  record: asIs,
  reason: text,
  rule: text,
  labels: object,
  carry,
  release,
} as const;
