import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import {
  type CallOptions,
  type Carrier,
  type Head,
  noSuchMethod,
  openCall,
  type Receiver,
  refusedHttp,
} from './call.ts';
import { deadlineOf, encodeMessage, metadataOf } from './metadata.ts';
import type { Route, Status } from './port.ts';

/** Answers one HTTP/2 stream: as a gRPC call of its route, or with what is wrong with it. Never throws. */
export function serveStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  routes: ReadonlyMap<string, Route>,
  options: CallOptions,
): void {
  // A reset by the peer arrives as an error too; the stream's close says all that we need.
  stream.on('error', () => undefined);
  const path = headers[':path'] ?? '';
  const httpStatus = refusedHttp(headers[':method'], headers['content-type']);
  const route = routes.get(path);
  if (httpStatus !== null) refuse(stream, { ':status': httpStatus });
  else if (route === undefined) refuse(stream, trailersOnly(noSuchMethod));
  else follow(stream, openCall(carry(stream), headOf(path, headers), route, options));
}

const headOf = (path: string, headers: IncomingHttpHeaders): Head => ({
  path,
  metadata: metadataOf(headers),
  deadline: deadlineOf(headers['grpc-timeout']?.toString(), Date.now()),
});

function follow(stream: ServerHttp2Stream, call: Receiver): void {
  stream.on('data', call.data);
  // A reset ends the readable side too, and is no half-close.
  stream.on('end', () => stream.aborted || call.end());
  stream.on('drain', call.drained);
  stream.on('aborted', call.lost);
  stream.on('close', call.lost);
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

function carry(stream: ServerHttp2Stream): Carrier {
  const uncork = () => stream.uncork();
  return {
    get gone() {
      return stream.destroyed || stream.closed;
    },
    write(pieces) {
      if (!stream.headersSent) stream.respond(responseHead, { waitForTrailers: true });
      let room = true;
      stream.cork();
      for (const piece of pieces) room = stream.write(piece);
      // Uncorked at the end of this turn, so that an answer and its end are one write.
      process.nextTick(uncork);
      return room;
    },
    end(status) {
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
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
  };
}
