import { CountersignError, codeOf } from '../errors.ts';
import type { Exchange, Release, Reply } from '../exchange.ts';
import { type Call, type Handler, type Route, statusCode } from '../transport/port.ts';
import type { InFlight } from './inflight.ts';
import {
  headersReply,
  immediateReply,
  type ProcessMessage,
  type ReplyOptions,
  readProcess,
  streamedBodyReply,
  trailersReply,
} from './translate.ts';

/** `envoy.service.ext_proc.v3.ExternalProcessor/Process`: one stream, one `release`. */
export const processPath = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

/** Messages that may wait for a durable entry before we stop reading the stream. */
const queueLimit = 4;

/** What the streams have in common. */
export interface ProcessParts {
  readonly exchange: Exchange;
  readonly inFlight: InFlight;
  /** Milliseconds without a message after which a stream ends with an error: full duplex has no timeout of its own. */
  readonly idle: number;
  failed(code: string): void;
}

/** The route, and `close`, which stops its watchdog. */
export interface ProcessRoute {
  readonly route: Route;
  close(): void;
}

/**
 * Never ends a stream first with success: Envoy would pass the rest of the response as it came. Every trouble is a gRPC
 * error, which resets the exchange.
 */
export function processRoute(parts: ProcessParts): ProcessRoute {
  const watched = new Set<Stream>();
  const watchdog = setInterval(
    () => {
      const limit = Date.now() - parts.idle;
      for (const stream of watched) if (stream.lastMessage < limit) stream.broke(silent());
    },
    Math.min(1_000, parts.idle),
  );
  watchdog.unref();
  return {
    route: (call) => {
      const stream = openStream(parts, call, (exchange) => {
        watched.delete(stream);
        if (exchange !== null) parts.inFlight.released(exchange);
      });
      watched.add(stream);
      return stream.handler;
    },
    close: () => clearInterval(watchdog),
  };
}

interface Stream {
  readonly handler: Handler;
  /** Milliseconds since 1970. */
  lastMessage: number;
  broke(error: unknown): void;
}

function openStream(parts: ProcessParts, call: Call, closed: (exchange: string | null) => void): Stream {
  let release: Release | null = null;
  /** Messages that came while an entry was being written, in order; null while nothing is awaited. */
  let waiting: Buffer[] | null = null;
  let over = false;
  let slow = false;
  /** The head is all that comes: answering it is the last reply. */
  let headOnly = false;
  /** The last reply has gone: only then may the stream end with success. */
  let done = false;

  function end(code: number, message: string): void {
    if (over) return;
    over = true;
    closed(release?.exchange ?? null);
    call.finish({ code, message });
  }

  function leave(outcome: 'aborted' | 'cut', why: string): void {
    release?.leave(outcome, why).catch((error: unknown) => parts.failed(codeOf(error)));
  }

  /** Whatever goes wrong ends the stream with an error: Envoy resets the exchange. */
  function broke(error: unknown): void {
    if (over) return;
    const code = codeOf(error);
    parts.failed(code);
    leave('cut', code);
    end(statusCode.internal, code);
  }

  function take(bytes: Buffer): void {
    try {
      const replies = step(readProcess(bytes));
      if (replies instanceof Promise) wait(replies);
      else send(replies);
    } catch (error) {
      broke(error);
    }
  }

  function wait(replies: Promise<readonly Reply[]>): void {
    waiting ??= [];
    replies
      .then((ready) => {
        if (!over) send(ready);
        resume();
      })
      .catch(broke);
  }

  function resume(): void {
    const queue = waiting ?? [];
    waiting = null;
    // What waits here goes first: resuming delivers at once whatever the transport has.
    for (const bytes of queue) handler.onMessage(bytes);
    if (!slow && waiting === null) call.resume();
  }

  function step(message: ProcessMessage): readonly Reply[] | Promise<readonly Reply[]> {
    if (message.kind === 'responseHeaders') {
      if (release !== null) throw malformed('a second head on one stream');
      requireFullDuplex(message);
      const opened = parts.exchange.release(message, broke);
      release = opened.release;
      headOnly = message.endOfStream;
      return opened.replies;
    }
    if (release === null) throw malformed(`${message.kind} before the response's head`);
    if (message.kind === 'responseBody') return release.body(message.body, message.endOfStream);
    if (message.kind === 'responseTrailers') return release.trailers(message.trailers);
    throw malformed(`${message.kind}, but only responses are released`);
  }

  function send(replies: readonly Reply[]): void {
    for (const reply of replies) {
      if (!call.send(write(reply))) {
        slow = true;
        call.pause();
      }
      done ||= isLast(reply, headOnly);
    }
  }

  const handler: Handler = {
    onMessage(bytes) {
      if (over) return;
      stream.lastMessage = Date.now();
      if (waiting === null) return take(bytes);
      waiting.push(bytes);
      if (waiting.length >= queueLimit) call.pause();
    },
    onEnd() {
      if (done) return end(statusCode.ok, '');
      leave('cut', 'stream closed early');
      end(statusCode.cancelled, 'stream closed early');
    },
    onCancel() {
      if (over) return;
      over = true;
      closed(release?.exchange ?? null);
      leave('aborted', 'caller left');
    },
    onDrain() {
      slow = false;
      if (waiting === null) call.resume();
    },
  };
  const stream: Stream = { handler, lastMessage: Date.now(), broke };
  return stream;
}

function malformed(came: string): CountersignError {
  return new CountersignError('process_malformed', `expected one response per stream, its head first; got ${came}`);
}

function silent(): CountersignError {
  return new CountersignError('deadline', 'nothing came on the stream for longer than release.idle');
}

/** In any other mode Envoy lets bytes pass that we did not send, or waits for replies that we never give. */
function requireFullDuplex({ observability, protocol }: ProcessMessage): void {
  const mode = protocol?.responseBodyMode ?? 'full_duplex_streamed';
  if (!observability && mode === 'full_duplex_streamed') return;
  throw new CountersignError(
    'process_malformed',
    `ext_proc runs in ${observability ? 'observability mode' : `the mode ${mode}`}: set response_body_mode: FULL_DUPLEX_STREAMED, see docs/operators.md`,
  );
}

function isLast(reply: Reply, headOnly: boolean): boolean {
  if (reply.kind === 'headers') return headOnly;
  return reply.kind !== 'body' || reply.end;
}

/** Dynamic metadata for the access log: `%DYNAMIC_METADATA(countersign:masked)%`. */
function noted(masked: number | undefined): ReplyOptions {
  return masked ? { metadata: { countersign: { masked } } } : {};
}

function write(reply: Reply): Uint8Array {
  switch (reply.kind) {
    case 'headers':
      return headersReply({ set: reply.set, remove: reply.remove });
    case 'body':
      return streamedBodyReply(reply.bytes, reply.end, noted(reply.masked));
    case 'trailers':
      return trailersReply({ set: reply.set ?? [], remove: reply.remove }, noted(reply.masked));
    case 'refuse':
      return immediateReply({ status: reply.status, headers: reply.headers, body: reply.body, details: reply.detail });
  }
}
