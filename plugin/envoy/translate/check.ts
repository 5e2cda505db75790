import { CountersignError } from '../../errors.ts';
import type { Header, Json, JsonObject, Request } from '../../request.ts';
import { wire } from '../wire/wire.js';
import { bodyOf, partialBodyHeader } from './body.ts';
import { checkDocument } from './document.ts';
import { readHeaderMap } from './headers.ts';
import { joined, readMetadata } from './struct.ts';

const jwtFilter = 'envoy.filters.http.jwt_authn';

/**
 * One `envoy.service.auth.v3.CheckRequest` as the Request that the rooms share. Throws check_malformed when the bytes
 * are none, or when it is not of an HTTP request with an id and a method.
 */
export function readCheck(bytes: Buffer): Request {
  const check = decode(bytes);
  const { attributes } = check;
  const http = attributes?.request?.http;
  if (attributes == null || http == null) throw malformed('attributes.request.http', 'none: is it a network filter?');
  if (!http.id) throw malformed('attributes.request.http.id', 'an empty one');
  if (!http.method) throw malformed('attributes.request.http.method', 'an empty one');
  const headers = headersOf(http);
  const metadata = metadataOf(attributes.metadataContext, bytes);
  const extensions = Object.assign(Object.create(null) as Record<string, string>, attributes.contextExtensions);
  return {
    id: http.id,
    method: http.method,
    scheme: http.scheme ?? '',
    authority: http.host ?? '',
    path: rawPath(headers) ?? Buffer.from(http.path ?? '').toString('latin1'),
    protocol: http.protocol ?? '',
    headers: headers.filter(({ name }) => !name.startsWith(':') && name !== partialBodyHeader),
    body: bodyOf(http, headers, extensions),
    extensions,
    jwt: jwtPayload(metadata.filterMetadata),
    peer: attributes.source?.principal ?? '',
    source: addressText(attributes.source?.address),
    check: checkDocument(check, headers, metadata),
  };
}

function decode(bytes: Buffer): wire.CheckRequest {
  return decodeWith((given) => wire.CheckRequest.decode(given), bytes, bytes);
}

function metadataOf(parts: readonly Uint8Array[] | null | undefined, whole: Buffer): ReturnType<typeof readMetadata> {
  return decodeWith(readMetadata, joined(parts ?? []), whole);
}

function decodeWith<T>(read: (bytes: Uint8Array) => T, part: Uint8Array, whole: Buffer): T {
  try {
    return read(part);
  } catch (cause) {
    throw new CountersignError(
      'check_malformed',
      `expected an envoy.service.auth.v3.CheckRequest, got ${whole.length} bytes that are none`,
      { cause },
    );
  }
}

function malformed(path: string, got: string): CountersignError {
  return new CountersignError('check_malformed', `expected a Check of Envoy's HTTP ext_authz with ${path}, got ${got}`);
}

/** `header_map` under `encode_raw_headers`; else `headers`, which has lost order and duplicates. */
function headersOf(http: wire.AttributeContext.HttpRequest.$Properties): Header[] {
  if (http.headerMap != null) return readHeaderMap(http.headerMap);
  return Object.entries(http.headers ?? {}).map(([name, value]) => ({ name, value: Buffer.from(value) }));
}

/** The path byte for byte, as Latin-1: in `http.path` Envoy has replaced what is not UTF-8 by `!`. */
function rawPath(headers: readonly Header[]): string | undefined {
  return headers.find(({ name }) => name === ':path')?.value.toString('latin1');
}

/** What `payload_in_metadata: payload` of jwt_authn left: a token that Envoy has verified. */
function jwtPayload(byFilter: JsonObject | undefined): JsonObject | null {
  const filter = byFilter !== undefined && Object.hasOwn(byFilter, jwtFilter) ? byFilter[jwtFilter] : null;
  const payload = isObject(filter) && Object.hasOwn(filter, 'payload') ? filter.payload : null;
  return isObject(payload) ? payload : null;
}

function isObject(json: Json | undefined): json is JsonObject {
  return json !== null && typeof json === 'object' && !Array.isArray(json);
}

function addressText(address: wire.Address.$Properties | null | undefined): string {
  const socket = address?.socketAddress;
  if (socket != null) return `${socket.address ?? ''}:${socket.portValue ?? 0}`;
  return address?.pipe?.path ?? address?.envoyInternalAddress?.serverListenerName ?? '';
}
