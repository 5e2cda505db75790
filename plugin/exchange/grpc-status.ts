import type { Pair, Problem } from './answer.ts';

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto, by the HTTP status of the refusal. */
const codes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 409: 9, 429: 8, 503: 14 };

const permissionDenied = 7;

/** Domain of our reasons (google.rpc.ErrorInfo). */
const domain = 'countersign.dev';

/**
 * A problem as a gRPC status: its code, and `google.rpc.Status` with ErrorInfo (the problem's type as reason; hold,
 * state, rule and link as metadata) and RetryInfo in base64 for `grpc-status-details-bin`.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
export function grpcStatus(
  problem: Problem,
  message: string,
  headers: readonly Pair[],
): { readonly code: number; readonly details: string } {
  const code = codes[problem.status] ?? permissionDenied;
  const texts = Object.entries({ exchange: problem.exchange, rule: problem.rule, ...problem.members }).flatMap(
    ([name, value]) =>
      value === null || value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
  );
  const errorInfo = [
    field(1, problem.type.toUpperCase().replaceAll('-', '_')),
    field(2, domain),
    ...texts.map(([name = '', value = '']) => field(3, Buffer.concat([field(1, name), field(2, value)]))),
  ];
  const seconds = Number(headers.find(([name]) => name === 'retry-after')?.[1]);
  const retryInfo = Number.isSafeInteger(seconds) ? [field(1, number(1, seconds))] : null;
  const status = [
    number(1, code),
    field(2, message),
    field(3, any('google.rpc.ErrorInfo', errorInfo)),
    ...(retryInfo === null ? [] : [field(3, any('google.rpc.RetryInfo', retryInfo))]),
  ];
  return { code, details: Buffer.concat(status).toString('base64') };
}

function any(type: string, fields: readonly Buffer[]): Buffer {
  return Buffer.concat([field(1, `type.googleapis.com/${type}`), field(2, Buffer.concat(fields))]);
}

/** Protocol Buffers encoding: a length-delimited field. */
function field(tag: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([(tag << 3) | 2]), varint(bytes.length), bytes]);
}

function number(tag: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([tag << 3]), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}
