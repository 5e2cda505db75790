import { CountersignError } from '../../errors.ts';
import type { Header, JsonObject, ResponseHead } from '../../request.ts';
import { wire } from '../wire/wire.js';
import { bufferOf, readHeaderMap, splitPseudo } from './headers.ts';
import { joined, readMetadata, readStruct } from './struct.ts';

/** How Envoy hands over a body (`ProcessingMode.BodySendMode`); `unknown` for one that is newer than we are. */
export type BodyMode =
  | 'none'
  | 'streamed'
  | 'buffered'
  | 'buffered_partial'
  | 'full_duplex_streamed'
  | 'grpc'
  | 'unknown';

/** What the filter says of its own configuration, on a stream's first message only. */
export interface ProtocolConfig {
  readonly requestBodyMode: BodyMode;
  readonly responseBodyMode: BodyMode;
  readonly sendBodyWithoutWaiting: boolean;
}

/** What every message may carry. Decoded when first read: the metadata comes with each body chunk too. */
export interface ProcessContext {
  /** `request_attributes` and `response_attributes` by name (`request.path`); throws process_malformed. */
  readonly attributes: JsonObject;
  /** Dynamic metadata by filter name (`envoy.filters.http.ext_authz`); throws process_malformed. */
  readonly metadata: JsonObject;
  /** True when Envoy ignores replies: nothing may be sent. */
  readonly observability: boolean;
  /** Null except on the first message. */
  readonly protocol: ProtocolConfig | null;
}

/** The head of a request as ext_proc shows it; the pseudo headers without their colon. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly Header[];
}

/** One message of an ext_proc stream. `endOfStream`: nothing follows on that side, no trailers either. */
export type ProcessMessage = ProcessContext &
  (
    | { readonly kind: 'requestHeaders'; readonly head: RequestHead; readonly endOfStream: boolean }
    | { readonly kind: 'responseHeaders'; readonly head: ResponseHead; readonly endOfStream: boolean }
    | { readonly kind: 'requestBody' | 'responseBody'; readonly body: Buffer; readonly endOfStream: boolean }
    | { readonly kind: 'requestTrailers' | 'responseTrailers'; readonly trailers: readonly Header[] }
  );

/** Where Envoy puts the attributes of the ext_proc filter. */
const attributesNamespace = 'envoy.filters.http.ext_proc';

/** One `envoy.service.ext_proc.v3.ProcessingRequest`. Throws process_malformed. Body bytes are not copied. */
export function readProcess(bytes: Buffer): ProcessMessage {
  const message = decodeWith(wire.ProcessingRequest.decode, bytes);
  return withContext(message, armOf(message));
}

type Arm = ProcessMessage extends infer M ? (M extends ProcessMessage ? Omit<M, keyof ProcessContext> : never) : never;

function armOf(message: wire.ProcessingRequest): Arm {
  if (message.responseBody != null) return bodyArm('responseBody', message.responseBody);
  if (message.responseHeaders != null) {
    const { pseudo, rest } = splitPseudo(readHeaderMap(message.responseHeaders.headers));
    const head = { status: statusOf(pseudo.get('status')), headers: rest };
    return { kind: 'responseHeaders', head, endOfStream: message.responseHeaders.endOfStream ?? false };
  }
  if (message.responseTrailers != null)
    return { kind: 'responseTrailers', trailers: readHeaderMap(message.responseTrailers.trailers) };
  if (message.requestBody != null) return bodyArm('requestBody', message.requestBody);
  if (message.requestHeaders != null) {
    const { pseudo, rest } = splitPseudo(readHeaderMap(message.requestHeaders.headers));
    const [method, scheme, authority, path] = requestPseudo.map((name) => pseudo.get(name) ?? '') as Four;
    const head = { method, scheme, authority, path, headers: rest };
    return { kind: 'requestHeaders', head, endOfStream: message.requestHeaders.endOfStream ?? false };
  }
  if (message.requestTrailers != null)
    return { kind: 'requestTrailers', trailers: readHeaderMap(message.requestTrailers.trailers) };
  throw new CountersignError(
    'process_malformed',
    'expected a ProcessingRequest with headers, a body or trailers, got none: is this Envoy newer than Countersign?',
  );
}

const requestPseudo = ['method', 'scheme', 'authority', 'path'] as const;
type Four = [string, string, string, string];

function bodyArm(kind: 'requestBody' | 'responseBody', body: wire.HttpBody.$Properties): Arm {
  return { kind, body: bufferOf(body.body ?? nothing), endOfStream: body.endOfStream ?? false };
}

const nothing = Buffer.alloc(0);

function statusOf(text: string | undefined): number {
  if (text !== undefined && /^[1-9][0-9]{2}$/.test(text)) return Number(text);
  throw new CountersignError('process_malformed', 'expected response headers with a :status of three digits');
}

/** Attributes and metadata are decoded at the first reading, and once: a chunk of a body does not pay for them. */
function withContext(message: wire.ProcessingRequest, arm: Arm): ProcessMessage {
  let attributes: JsonObject | undefined;
  let metadata: JsonObject | undefined;
  return {
    ...arm,
    observability: message.observabilityMode ?? false,
    protocol: message.protocolConfig == null ? null : protocolOf(message.protocolConfig),
    get attributes() {
      attributes ??= readAttributes(message.attributes ?? []);
      return attributes;
    },
    get metadata() {
      metadata ??= decodeWith(readMetadata, message.metadataContext ?? nothing).filterMetadata ?? {};
      return metadata;
    },
  };
}

function readAttributes(entries: readonly Uint8Array[]): JsonObject {
  for (const bytes of entries) {
    const entry = decodeWith(wire.AttributesEntry.decode, bytes);
    if (entry.key === attributesNamespace) return decodeWith(readStruct, joined(entry.value ?? []));
  }
  return {};
}

const bodyModes: readonly BodyMode[] = [
  'none',
  'streamed',
  'buffered',
  'buffered_partial',
  'full_duplex_streamed',
  'grpc',
];

function protocolOf(config: wire.ProtocolConfiguration.$Properties): ProtocolConfig {
  return {
    requestBodyMode: bodyModes[config.requestBodyMode ?? 0] ?? 'unknown',
    responseBodyMode: bodyModes[config.responseBodyMode ?? 0] ?? 'unknown',
    sendBodyWithoutWaiting: config.sendBodyWithoutWaitingForHeaderResponse ?? false,
  };
}

function decodeWith<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (cause) {
    throw new CountersignError(
      'process_malformed',
      `expected an envoy.service.ext_proc.v3.ProcessingRequest, got ${bytes.length} bytes that are none`,
      { cause },
    );
  }
}
