import type { Descriptors } from '../descriptors.ts';
import { CountersignError } from '../errors.ts';
import type { Header, Json, Request } from '../request.ts';
import { decodeContent } from './encoding.ts';
import { parseGrpc } from './grpc.ts';
import { keyLimit, parseJsonText, tooWide } from './json.ts';
import { parseMultipart } from './multipart.ts';
import { isObject } from './result.ts';
import { parseQuery } from './url.ts';

/** A body as policies see it: `parsed` is null for none, an unseen one, and a type that is not read. */
interface ParsedBody {
  readonly parsed: Json;
  /** The body is not all there: nobody knows what it says. */
  readonly truncated: boolean;
}

/** By a part of the content type, the first that occurs, as opa-envoy-plugin tells them apart. */
const readers: readonly (readonly [type: string, read: (body: Buffer, contentType: string) => Json])[] = [
  ['application/json', (body) => parseJsonText(strictUtf8(body))],
  ['application/grpc', () => null],
  ['application/x-www-form-urlencoded', (body) => parseQuery(body.toString('utf8'))],
  ['multipart/form-data', parseMultipart],
];

/**
 * Parses a request's body by its content type; gRPC by `descriptors`, where there are any.
 * @throws CountersignError `policy_error` for a malformed body, length or coding
 */
export function parseBody(request: Request, descriptors: Descriptors | null = null): ParsedBody {
  const { body, headers } = request;
  if (body === null) return { parsed: null, truncated: true };
  const contentType = joined(headers, 'content-type');
  const reader = readers.find(([type]) => contentType.includes(type));
  if (reader === undefined || body.length === 0) return { parsed: null, truncated: false };
  if (isCutOff(joined(headers, 'content-length'), body.length)) return { parsed: null, truncated: true };
  const content = decodeContent(body, joined(headers, 'content-encoding'));
  if (reader[0] === 'application/grpc')
    return descriptors === null ? { parsed: null, truncated: false } : parseGrpc(content, request.path, descriptors);
  const parsed = reader[1](content, contentType);
  if (isObject(parsed) && Object.keys(parsed).length > keyLimit)
    throw new CountersignError('policy_error', `the body ${tooWide}`);
  return { parsed, truncated: false };
}

/** Every line of a header, as Envoy joins them. */
function joined(headers: readonly Header[], name: string): string {
  return headers
    .filter((header) => header.name === name)
    .map(({ value }) => value.toString('utf8'))
    .join(',');
}

function isCutOff(contentLength: string, length: number): boolean {
  if (contentLength === '') return false;
  if (!/^[+-]?[0-9]{1,18}$/.test(contentLength))
    throw new CountersignError('policy_error', 'expected content-length to be one integer');
  return Number(contentLength) > length;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function strictUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new CountersignError('policy_error', 'expected a JSON body in UTF-8, got other bytes');
  }
}
