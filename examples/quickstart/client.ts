/** The caller's side: one HTTP/1.1 exchange on a connection of its own, with everything that arrived. */
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  /** The bytes that arrived, also of a response that was cut. */
  readonly body: Buffer;
  /** False when the response was cut before its end. */
  readonly complete: boolean;
  readonly ms: number;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Bearer token. */
  readonly token?: string;
  /** Sent as JSON unless it is text or bytes already. */
  readonly body?: unknown;
  /** Aborting it hangs up; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the caller gives up; 30,000 without. */
  readonly deadlineMs?: number;
}

/** Where a server listens. */
export type Target = { readonly port: number } | { readonly socketPath: string };

/**
 * Sends one request and reads its response to the end, or to where it was cut.
 * @throws when no response head arrived: refused, reset before the head, aborted, or late
 */
export async function send(target: Target, ask: Ask): Promise<Exchange> {
  const started = performance.now();
  const body = bytesOf(ask.body);
  const late = AbortSignal.timeout(ask.deadlineMs ?? 30_000);
  const request = httpRequest({
    ...target,
    host: '127.0.0.1',
    agent: false,
    method: ask.method ?? (body ? 'POST' : 'GET'),
    path: ask.path,
    signal: ask.signal ? AbortSignal.any([ask.signal, late]) : late,
    headers: {
      ...(body ? { 'content-type': 'application/json', 'content-length': body.length } : {}),
      ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
      ...ask.headers,
    },
  });
  return new Promise((done, failed) => {
    request.on('error', failed);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {}); // a cut response is told by `complete`
      response.once('close', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          trailers: response.trailers,
          body: Buffer.concat(chunks),
          complete: response.complete,
          ms: performance.now() - started,
        }),
      );
    });
    request.end(body);
  });
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
