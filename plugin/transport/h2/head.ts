/** Heads of requests and responses: RFC 9113 section 8, and gRPC's use of them. */
import type { Head } from '../call.ts';
import { deadlineOf, encodeMessage, metadataOf } from '../metadata.ts';
import type { Status } from '../port.ts';
import type { Field } from './static-table.ts';

/** A request's head that obeys section 8. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  /** `content-length`, to which the body must come up: section 8.1.1. Null without one. */
  readonly length: number | null;
  /** As a call shows it. Its deadline counts from `now`, milliseconds since 1970. */
  readonly call: (now: number) => Head;
}

const pseudo: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path']);

/** Section 8.2.2: they belong to a connection of HTTP/1. */
const connectionSpecific: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Section 8.2.1, and a token in lower case: RFC 9110 section 5.6.2. */
const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const badValue = /[\0\r\n]|^[ \t]|[ \t]$/;

/** The head of a request, or null when it is malformed: section 8.1.1 makes that an error of its stream. */
export function readRequest(fields: readonly Field[]): RequestHead | null {
  const values: Record<string, string> = Object.create(null);
  let regular = false;
  for (const [name, value] of fields) {
    if (name.startsWith(':')) {
      if (regular || !pseudo.has(name) || values[name] !== undefined || badValue.test(value)) return null;
    } else if (!isRegular(name, value)) return null;
    else regular = true;
    const before = values[name];
    values[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  const { ':method': method, ':scheme': scheme, ':path': path } = values;
  if (method === undefined || scheme === undefined || path === undefined || path === '') return null;
  const length = values['content-length'];
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) return null;
  const metadata = metadataOf(values);
  return {
    method,
    path,
    contentType: values['content-type'],
    length: length === undefined ? null : Number(length),
    call: (now) => ({ path, metadata, deadline: deadlineOf(values['grpc-timeout'], now) }),
  };
}

/** Whether fields may be a request's trailers: section 8.1, no pseudo fields. */
export function areTrailers(fields: readonly Field[]): boolean {
  return fields.every(([name, value]) => isRegular(name, value));
}

function isRegular(name: string, value: string): boolean {
  if (!fieldName.test(name) || badValue.test(value) || connectionSpecific.has(name)) return false;
  return name !== 'te' || value === 'trailers';
}

/**
 * RFC 7541 section 6.3: our encoder has no table. Said before the first field of a connection, it is right whatever
 * SETTINGS_HEADER_TABLE_SIZE the peer has or will have.
 */
const noTable = Buffer.from([0x20]);

/** Section 6.2.2: a literal without indexing whose name is in the static table, or is spelled out. */
function literal(name: number | string, value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const head = typeof name === 'number' ? integer(name, 4) : [0, ...stringOf(Buffer.from(name, 'latin1'))];
  return Buffer.from([...head, ...stringOf(bytes)]);
}

const stringOf = (bytes: Buffer): number[] => [...integer(bytes.length, 7), ...bytes];

/** Section 5.1. */
function integer(value: number, prefix: number): number[] {
  const mask = (1 << prefix) - 1;
  if (value < mask) return [value];
  const bytes = [mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

const statusField = 8;
const contentTypeField = 31;
/** An indexed field: `:status: 200`. */
const status200 = Buffer.from([0x80 | statusField]);

const grpcHead = Buffer.concat([status200, literal(contentTypeField, 'application/grpc')]);

/** The trailers of a status without a message, by code. */
const plainTrailers = Array.from({ length: 17 }, (_, code) => literal('grpc-status', String(code)));

/** Characters of a message, each 9 bytes at most: a block must fit into one frame. */
const longestMessage = 1_024;

function trailers({ code, message }: Status): Buffer {
  const plain = plainTrailers[code] ?? literal('grpc-status', String(code));
  if (message === '') return plain;
  return Buffer.concat([plain, literal('grpc-message', encodeMessage(message.slice(0, longestMessage)))]);
}

/** Header blocks of what we answer. `first` is said of a connection's first one. */
export const blocks = {
  /** Before the first message of a call. */
  head: (first: boolean): Buffer => (first ? Buffer.concat([noTable, grpcHead]) : grpcHead),
  /** After the last. */
  trailers,
  /** A whole response without a message. */
  trailersOnly: (first: boolean, status: Status): Buffer => Buffer.concat([blocks.head(first), trailers(status)]),
  /** To a request that is not gRPC: a text follows. */
  http: (first: boolean, status: number): Buffer =>
    Buffer.concat([
      ...(first ? [noTable] : []),
      literal(statusField, String(status)),
      literal(contentTypeField, 'text/plain'),
    ]),
};
