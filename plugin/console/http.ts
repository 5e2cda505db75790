import type { IncomingMessage, ServerResponse } from 'node:http';
import { CountersignError, codeOf, type ErrorCode } from '../errors.ts';

/** HTTP statuses of what can go wrong on the admin listener; the rest is 500. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  usage: 400,
  token_invalid: 401,
  forbidden: 403,
  hold_self: 403,
  hold_unknown: 404,
  record_unknown: 404,
  audit_unknown: 404,
  hold_state: 409,
  audit_broken: 503,
  audit_overload: 503,
  unavailable: 503,
};

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not right',
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Not found',
  409: 'The hold is not in that state',
  503: 'Not available',
};

/** The bearer token of a request (RFC 6750 section 2.1). @throws CountersignError `token_invalid` without one */
export function bearerOf({ headers }: IncomingMessage): string {
  const token = /^bearer ([^\s]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw new CountersignError('token_invalid', 'expected the header "authorization: Bearer TOKEN": sign in for a token');
}

/** Bytes of a request's body at most. */
const bodyLimit = 65_536;

/** The JSON of a request's body. @throws CountersignError `usage` for another type, more than 64 KiB, or no JSON */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(request.headers['content-type'] ?? ''))
    throw new CountersignError('usage', 'expected content-type: application/json');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) throw new CountersignError('usage', `the body is longer than ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new CountersignError('usage', 'expected a body of one JSON object in UTF-8');
  }
}

/** Answers with what a promise resolves to as JSON, or with a problem document (RFC 9457) that has our code. */
export function answerWith(response: ServerResponse, value: Promise<unknown>): void {
  value.then(
    (body) => send(response, 200, 'application/json', body),
    (error: unknown) => refuse(response, error),
  );
}

function refuse(response: ServerResponse, error: unknown): void {
  const code = codeOf(error);
  const status = statuses[code] ?? 500;
  const detail = error instanceof CountersignError ? error.message : 'an internal fault; the log names it';
  const type = `https://countersign.dev/problems/${code.replaceAll('_', '-')}`;
  send(response, status, 'application/problem+json', { type, title: titles[status] ?? 'Fault', status, code, detail });
}

function send(response: ServerResponse, status: number, type: string, value: unknown): void {
  const headers = {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    // What is left of a body that was not read would be taken for the next request.
    ...(status >= 400 ? { connection: 'close' } : {}),
  };
  response.writeHead(status, headers).end(JSON.stringify(value));
}
