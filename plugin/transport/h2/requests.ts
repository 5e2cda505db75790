/** Frames of streams: RFC 9113 sections 6.1 to 6.4 and 6.9, and what section 8 says of requests. */
import { type CallOptions, noSuchMethod, openCall, refusedHttp } from '../call.ts';
import type { Route } from '../port.ts';
import { type HeaderBlock, openBlockReader, priorityLength, unpadded } from './block.ts';
import { errorCode, flag, frameType, maxWindow, numbersFrame } from './frames.ts';
import { areTrailers, type RequestHead, readRequest } from './head.ts';
import { openHpack } from './hpack.ts';
import type { Limits } from './limits.ts';
import type { Field } from './static-table.ts';
import { openStream, type Shared, type Stream } from './stream.ts';
import type { Streams } from './streams.ts';

/** Takes a frame of one type; false when the connection is over. */
export type Take = (flags: number, id: number, payload: Buffer) => boolean;

/** What requests need of their connection. */
export interface Connection extends CallOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly limits: Limits;
  readonly shared: Shared;
  readonly streams: Streams;
  /** Bytes that the peer takes on a new stream. */
  readonly initialWindow: number;
  /** The highest stream that is still taken: less than all of them once we leave. */
  readonly finalStream: number;
  readonly dead: boolean;
  /** Ends the connection with an error code. Always false. */
  fail(code: number): false;
  /** Counts what means nothing or is wrong; false when that was too much. */
  glitched(): boolean;
  /** Counts a call that was reset before its answer. */
  abandoned(): boolean;
  /** Takes bytes off the connection's window; false when there were none left. */
  receive(bytes: number): boolean;
}

/** Takers by type of frame, and whether a header block is under way. */
export interface Requests {
  readonly takers: Readonly<Record<number, Take>>;
  /** Only CONTINUATION may come. */
  readonly inBlock: boolean;
}

const malformed = Symbol('malformed');

/** What comes on the streams of a connection. */
export function openRequests(connection: Connection): Requests {
  const { routes, limits, shared, streams, fail, glitched } = connection;
  const { output } = shared;
  const block = openBlockReader(limits.maxHeaderListBytes);
  const decode = openHpack(limits.maxHeaderListBytes);
  /** By field list, which is the same object when the same block comes again. */
  const heads = new WeakMap<readonly Field[], RequestHead | typeof malformed>();

  /** Section 5.4.2: an error of a stream. */
  function failStream(id: number, code: number): boolean {
    output.push(numbersFrame(frameType.rstStream, id, [code]));
    streams.end(id, 'stopped');
    return glitched();
  }

  function takeData(flags: number, id: number, payload: Buffer): boolean {
    const bytes = unpadded(flags, payload);
    if (bytes === null || streams.isIdle(id)) return fail(errorCode.protocol);
    if (!connection.receive(payload.length)) return fail(errorCode.flowControl);
    const stream = streams.get(id);
    // Late for a stream that we stopped, wrong for one that was over.
    if (stream === undefined) return streams.ended(id) === 'stopped' || failStream(id, errorCode.streamClosed);
    if (stream.peerEnded) return failStream(id, errorCode.streamClosed);
    if (!stream.take(payload.length)) return failStream(id, errorCode.flowControl);
    const end = (flags & flag.endStream) !== 0;
    if (!fits(stream, bytes.length, end)) return failStream(id, errorCode.protocol);
    if (bytes.length === 0 && !end) return glitched();
    if (bytes.length > 0) stream.receiver?.data(bytes);
    if (end) endOfRequest(stream);
    else stream.credit();
    return !connection.dead;
  }

  /** Section 8.1.1: what comes is as long as `content-length` says. */
  function fits(stream: Stream, bytes: number, end: boolean): boolean {
    if (stream.expected === null) return true;
    stream.expected -= bytes;
    return end ? stream.expected === 0 : stream.expected >= 0;
  }

  function endOfRequest(stream: Stream): void {
    stream.peerEnded = true;
    stream.receiver?.end();
  }

  function takeHeaders(flags: number, id: number, payload: Buffer): boolean {
    const rest = unpadded(flags, payload);
    if (rest === null || (id & 1) === 0) return fail(errorCode.protocol);
    if ((flags & flag.priority) === 0) return takeBlock(block.headers(flags, id, rest));
    if (rest.length < priorityLength) return fail(errorCode.frameSize);
    const taken = takeBlock(block.headers(flags, id, rest.subarray(priorityLength)));
    return taken && dependsOn(rest) === id ? failStream(id, errorCode.protocol) : taken;
  }

  function takeContinuation(flags: number, id: number, payload: Buffer): boolean {
    if (payload.length === 0 && !glitched()) return false;
    return takeBlock(block.continuation(flags, id, payload));
  }

  function takePriority(_flags: number, id: number, payload: Buffer): boolean {
    if (payload.length !== priorityLength) return failStream(id, errorCode.frameSize);
    return dependsOn(payload) === id ? failStream(id, errorCode.protocol) : glitched();
  }

  /** Every block is decoded, whatever becomes of it: the peer's table and ours must stay the same. */
  function takeBlock(whole: HeaderBlock | number | null): boolean {
    if (whole === null) return true;
    if (typeof whole === 'number') return fail(whole);
    const fields = decode(whole.bytes);
    if (fields === 'compression') return fail(errorCode.compression);
    const { stream: id, endStream } = whole;
    const open = streams.get(id);
    if (open !== undefined) return takeTrailers(open, fields, endStream);
    if (!streams.isIdle(id)) return takeLateBlock(id);
    if (id > connection.finalStream) return true;
    streams.reach(id);
    if (streams.size >= limits.maxConcurrentCalls) return failStream(id, errorCode.refused);
    if (fields === 'too_large') return failStream(id, errorCode.enhanceYourCalm);
    return openRequest(id, fields, endStream);
  }

  /** Section 5.1.1: an id below one that was used is an error, as is one that was over. */
  function takeLateBlock(id: number): boolean {
    const how = streams.ended(id);
    if (how === 'stopped') return true;
    return fail(how === undefined ? errorCode.protocol : errorCode.streamClosed);
  }

  function takeTrailers(stream: Stream, fields: readonly Field[] | 'too_large', endStream: boolean): boolean {
    if (stream.peerEnded) return failStream(stream.id, errorCode.streamClosed);
    if (fields === 'too_large' || !endStream || !areTrailers(fields) || !fits(stream, 0, true))
      return failStream(stream.id, errorCode.protocol);
    endOfRequest(stream);
    return !connection.dead;
  }

  function headOf(fields: readonly Field[]): RequestHead | typeof malformed {
    const known = heads.get(fields);
    if (known !== undefined) return known;
    const head = readRequest(fields) ?? malformed;
    heads.set(fields, head);
    return head;
  }

  function openRequest(id: number, fields: readonly Field[], endStream: boolean): boolean {
    const request = headOf(fields);
    if (request === malformed || (endStream && (request.length ?? 0) > 0)) return failStream(id, errorCode.protocol);
    const stream = openStream(id, connection.initialWindow, shared);
    stream.expected = request.length;
    stream.peerEnded = endStream;
    streams.add(stream);
    answer(stream, request);
    return !connection.dead;
  }

  function answer(stream: Stream, request: RequestHead): void {
    const refused = refusedHttp(request.method, request.contentType);
    const route = routes.get(request.path);
    if (refused !== null) stream.refuse(refused, 'this is a gRPC server: POST application/grpc\n');
    else if (route === undefined) stream.end(noSuchMethod);
    else {
      stream.receiver = openCall(stream, request.call(Date.now()), route, connection);
      if (stream.peerEnded) stream.receiver.end();
    }
  }

  function takeReset(_flags: number, id: number, payload: Buffer): boolean {
    if (payload.length !== 4) return fail(errorCode.frameSize);
    if (streams.isIdle(id)) return fail(errorCode.protocol);
    const stream = streams.get(id);
    if (stream === undefined) return streams.ended(id) !== undefined || glitched();
    const { answered } = stream;
    streams.end(id, 'complete');
    return answered || connection.abandoned();
  }

  function takeWindowUpdate(_flags: number, id: number, payload: Buffer): boolean {
    if (payload.length !== 4) return fail(errorCode.frameSize);
    if (streams.isIdle(id)) return fail(errorCode.protocol);
    const stream = streams.get(id);
    if (stream === undefined) return streams.ended(id) !== undefined || glitched();
    const by = payload.readUInt32BE(0) & maxWindow;
    if (by === 0) return failStream(id, errorCode.protocol);
    stream.sendWindow += by;
    if (stream.sendWindow > maxWindow) return failStream(id, errorCode.flowControl);
    stream.pump();
    return !connection.dead;
  }

  return {
    takers: {
      [frameType.data]: takeData,
      [frameType.headers]: takeHeaders,
      [frameType.priority]: takePriority,
      [frameType.rstStream]: takeReset,
      [frameType.continuation]: takeContinuation,
      [frameType.windowUpdate]: takeWindowUpdate,
    },
    get inBlock() {
      return block.open !== null;
    },
  };
}

/** RFC 7540 section 5.3.1: the scheme is deprecated, but that a stream depends on itself is still an error. */
function dependsOn(priority: Buffer): number {
  return priority.readUInt32BE(0) & maxWindow;
}
