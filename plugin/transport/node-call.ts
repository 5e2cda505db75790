import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type FramingFault, frame, openDeframer } from './framing.ts';
import { deadlineOf, encodeMessage, metadataOf } from './metadata.ts';
import { type Call, type Handler, type Route, type Status, statusCode } from './port.ts';

/** What a call needs to know of its transport: bytes of one message at most, and who hears of a handler's faults. */
interface CallOptions {
  readonly maxMessageBytes: number;
  readonly onFault: (error: unknown) => void;
}

/** Answers one HTTP/2 stream: as a gRPC call of its route, or with what is wrong with it. Never throws. */
export function serveStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  routes: ReadonlyMap<string, Route>,
  options: CallOptions,
): void {
  // A reset by the peer arrives as an error too; the stream's close says all that we need.
  stream.on('error', () => undefined);
  const httpStatus = refusedHttp(headers);
  const route = routes.get(headers[':path'] ?? '');
  if (httpStatus !== null) refuse(stream, { ':status': httpStatus });
  else if (route === undefined) refuse(stream, trailersOnly(noSuchMethod));
  else openCall(stream, headers, route, options);
}

const noSuchMethod = { code: statusCode.unimplemented, message: 'no such method' };

/** What is not gRPC gets an HTTP status, as the specification says. */
function refusedHttp(headers: IncomingHttpHeaders): number | null {
  if (headers[':method'] !== 'POST') return 405;
  return /^application\/grpc(?:$|[+;])/.test(headers['content-type'] ?? '') ? null : 415;
}

function refuse(stream: ServerHttp2Stream, headers: Record<string, string | number>): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: true });
  leave(stream);
}

/**
 * Reads on, so that the stream can end, and tells a peer that is still sending to stop (RFC 9113 section 8.1). Not in
 * this turn: nghttp2 drops what a stream has queued once a reset is.
 */
function leave(stream: ServerHttp2Stream): void {
  stream.resume();
  if (stream.state.remoteClose === 1) return;
  setImmediate(() => {
    if (!stream.destroyed && stream.state.remoteClose !== 1) stream.close(constants.NGHTTP2_NO_ERROR);
  });
}

const responseHead = { ':status': 200, 'content-type': 'application/grpc' };

function trailersOf(status: Status): Record<string, string | number> {
  const message = status.message === '' ? {} : { 'grpc-message': encodeMessage(status.message) };
  return { 'grpc-status': status.code, ...message };
}

function trailersOnly(status: Status): Record<string, string | number> {
  return { ...responseHead, ...trailersOf(status) };
}

const faults: Readonly<Record<FramingFault | 'truncated', Status>> = {
  compressed: { code: statusCode.unimplemented, message: 'compressed messages are not supported' },
  too_large: { code: statusCode.resourceExhausted, message: 'the message is larger than is accepted' },
  flags: { code: statusCode.internal, message: 'the message has unknown flags' },
  truncated: { code: statusCode.internal, message: 'the call ended within a message' },
};

function openCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  route: Route,
  { maxMessageBytes, onFault }: CallOptions,
): void {
  const deframer = openDeframer(maxMessageBytes);
  let handler: Handler | undefined;
  let over = false;
  let paused = false;
  let peerEnded = false;
  let delivering = false;

  const call: Call = {
    path: headers[':path'] ?? '',
    metadata: metadataOf(headers),
    deadline: deadlineOf(headers['grpc-timeout']?.toString(), Date.now()),
    send,
    finish,
    pause() {
      paused = true;
      stream.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      deliver();
      if (!paused) stream.resume();
    },
  };

  /** Runs a handler's code: what it throws ends this call and no other. */
  function guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      onFault(error);
      abandon({ code: statusCode.internal, message: 'internal error' });
    }
  }

  function send(message: Uint8Array): boolean {
    if (over || stream.destroyed || stream.closed) return true;
    if (!stream.headersSent) stream.respond(responseHead, { waitForTrailers: true });
    let room = true;
    stream.cork();
    for (const piece of frame(message)) room = stream.write(piece);
    // Uncorked at the end of this turn, so that an answer and its end are one write.
    process.nextTick(uncork);
    return room;
  }

  function uncork(): void {
    stream.uncork();
  }

  function finish(status: Status): void {
    if (over) return;
    over = true;
    if (stream.destroyed || stream.closed) return;
    if (!stream.headersSent) {
      refuse(stream, trailersOnly(status));
      return;
    }
    stream.once('wantTrailers', () => {
      stream.sendTrailers(trailersOf(status));
      leave(stream);
    });
    stream.end();
    stream.resume();
  }

  /** Ends the call ourselves; to the handler the peer is gone. */
  function abandon(status: Status): void {
    if (over) return;
    finish(status);
    cancelled();
  }

  function cancelled(): void {
    try {
      handler?.onCancel?.();
    } catch {
      // The call is over already: there is nothing left to end.
    }
  }

  /** The stream closed under us: a reset or a lost connection, unless we had finished. */
  function lost(): void {
    if (over) return;
    over = true;
    cancelled();
  }

  /** Hands over whole messages until the handler pauses, and then the end. A handler may resume from within. */
  function deliver(): void {
    if (delivering) return;
    delivering = true;
    while (!paused && !over && deliverNext());
    delivering = false;
  }

  function deliverNext(): boolean {
    const message = deframer.next();
    if (typeof message === 'string') {
      abandon(faults[message]);
      return false;
    }
    if (message !== null) {
      guarded(() => handler?.onMessage(message));
      return true;
    }
    if (peerEnded) endOfMessages();
    return false;
  }

  function endOfMessages(): void {
    peerEnded = false;
    if (deframer.rest > 0) abandon(faults.truncated);
    else guarded(() => handler?.onEnd?.());
  }

  stream.on('data', (chunk: Buffer) => {
    if (over) return;
    deframer.push(chunk);
    deliver();
  });
  stream.on('end', () => {
    // A reset ends the readable side too, and is no half-close.
    if (stream.aborted) return;
    peerEnded = true;
    deliver();
  });
  stream.on('drain', () => {
    if (!over) guarded(() => handler?.onDrain?.());
  });
  stream.on('aborted', lost);
  stream.on('close', lost);
  guarded(() => {
    handler = route(call);
  });
}
