import { codeOf } from '../errors.ts';
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
      for (const stream of watched) if (stream.lastMessage < limit) stream.abandon('silent stream');
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
  abandon(why: string): void;
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

  function abandon(why: string): void {
    if (over) return;
    parts.failed('process_malformed');
    leave(why);
    end(statusCode.internal, why);
  }

  function leave(why: string): void {
    release?.leave(why).catch((error: unknown) => parts.failed(codeOf(error)));
  }

  function broke(error: unknown): void {
    if (over) return;
    parts.failed(codeOf(error));
    leave(codeOf(error));
    end(statusCode.internal, codeOf(error));
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
    replies.then(
      (ready) => {
        if (!over) send(ready);
        resume();
      },
      (error: unknown) => broke(error),
    );
  }

  function resume(): void {
    const queue = waiting;
    waiting = null;
    if (slow === false) call.resume();
    for (const bytes of queue ?? []) handler.onMessage(bytes);
  }

  function step(message: ProcessMessage): readonly Reply[] | Promise<readonly Reply[]> {
    if (message.kind === 'responseHeaders') {
      if (release !== null) throw new TypeError('a second head on one stream');
      const opened = parts.exchange.release(message);
      release = opened.release;
      headOnly = message.endOfStream;
      return opened.replies;
    }
    if (release === null) throw new TypeError(`${message.kind} before the response's head`);
    if (message.kind === 'responseBody') return release.body(message.body, message.endOfStream);
    if (message.kind === 'responseTrailers') return release.trailers(message.trailers);
    throw new TypeError(`${message.kind}: only responses are released`);
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
      leave('stream closed early');
      end(statusCode.cancelled, 'stream closed early');
    },
    onCancel() {
      if (over) return;
      over = true;
      closed(release?.exchange ?? null);
      leave('caller left');
    },
    onDrain() {
      slow = false;
      if (waiting === null) call.resume();
    },
  };
  const stream: Stream = { handler, lastMessage: Date.now(), abandon };
  return stream;
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
      return trailersReply({ remove: reply.remove }, noted(reply.masked));
    case 'refuse':
      return immediateReply({ status: reply.status, headers: reply.headers, body: reply.body, details: reply.detail });
  }
}
