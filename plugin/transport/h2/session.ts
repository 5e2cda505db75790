import type { Socket } from 'node:net';
import { type CallOptions, noSuchMethod, openCall, refusedHttp } from '../call.ts';
import type { Route } from '../port.ts';
import { type HeaderBlock, needsStream, openBlockReader, priorityLength, unpadded } from './block.ts';
import {
  errorCode,
  flag,
  frameOf,
  frameType,
  maxWindow,
  numbersFrame,
  openFrameReader,
  preface,
  setting,
  settingsFrame,
} from './frames.ts';
import { areTrailers, type RequestHead, readRequest } from './head.ts';
import { openHpack } from './hpack.ts';
import { type Limits, openBudget } from './limits.ts';
import { openOutput } from './output.ts';
import { applySettings, peerDefaults } from './settings.ts';
import type { Field } from './static-table.ts';
import { openStream, type Shared, type Stream } from './stream.ts';

/** One connection of a client. */
export interface Session {
  /** RFC 9113 section 6.8: takes no more streams than the peer has under way, and closes when the last one has ended. */
  leave(): void;
  /** Ends the connection now; calls on it are cancelled. */
  cut(): void;
  /** Cuts a peer that neither speaks nor reads. */
  watch(now: number): void;
}

/** What sessions have in common. */
export interface SessionOptions extends CallOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly limits: Limits;
}

/** How a stream ended that is no longer open: what still comes for it is late (ours) or wrong (theirs). */
type Ended = 'stopped' | 'complete';

/** Ended streams that are remembered, the oldest are forgotten first. */
const remembered = 10_000;

/** The PING that asks whether the peer has read our GOAWAY. */
const leaving = Buffer.from('leaving.');

/** Speaks HTTP/2 on a socket, until either side ends it. */
export function openSession(socket: Socket, { routes, limits, ...call }: SessionOptions): Session {
  const began = Date.now();
  const streams = new Map<number, Stream>();
  const endedStreams = new Map<number, Ended>();
  const requests = new WeakMap<readonly Field[], RequestHead | { malformed: true }>();
  /** Bytes of a request's body that are yet to come, where it said how many. */
  const lengths = new Map<number, number>();
  const output = openOutput(socket, pumpAll);
  const block = openBlockReader(limits.maxHeaderListBytes);
  const decode = openHpack(limits.maxHeaderListBytes);
  const glitch = openBudget(limits.glitches, began);
  const abandon = openBudget(limits.abandoned, began);
  let peer = peerDefaults;
  let receiveWindow = limits.connectionWindowBytes;
  let lastStream = 0;
  /** The highest stream that we still take. */
  let finalStream = maxWindow;
  let prefaced = 0;
  let settled = false;
  let dead = false;
  /** While it runs nothing is read. */
  let resting: NodeJS.Timeout | undefined;
  let leave: 'not' | 'asked' | 'last' = 'not';

  const shared: Shared = {
    output,
    sendWindow: peerDefaults.initialWindow,
    maxFrame: peerDefaults.maxFrame,
    first: true,
    window: limits.streamWindowBytes,
    waiting: new Set(),
    ended: (stream, reset) => forget(stream, reset ? 'stopped' : 'complete'),
  };

  /** Sections 5.4.1 and 6.8: an error of the connection. Always false: the reader stops. */
  function fail(code: number): false {
    if (dead) return false;
    output.push(numbersFrame(frameType.goaway, 0, [lastStream, code]));
    output.end();
    die();
    return false;
  }

  function die(): void {
    if (dead) return;
    dead = true;
    clearTimeout(resting);
    for (const stream of [...streams.values()]) stream.close();
    streams.clear();
    // What the peer still sends is read over, so that it can read why we left.
    socket.removeListener('data', read);
    socket.resume();
    setTimeout(() => socket.destroy(), 1_000).unref();
  }

  function cut(): void {
    socket.destroy();
    die();
  }

  /** Section 5.4.2: an error of a stream. */
  function failStream(id: number, code: number): boolean {
    output.push(numbersFrame(frameType.rstStream, id, [code]));
    const stream = streams.get(id);
    if (stream === undefined) endedStreams.set(id, 'stopped');
    else forget(stream, 'stopped');
    return glitched();
  }

  function forget(stream: Stream, how: Ended): void {
    streams.delete(stream.id);
    lengths.delete(stream.id);
    endedStreams.set(stream.id, how);
    if (endedStreams.size > remembered) endedStreams.delete(endedStreams.keys().next().value ?? 0);
    stream.close();
    closeIfDone();
  }

  function closeIfDone(): void {
    if (leave !== 'last' || streams.size > 0 || dead) return;
    output.end();
    die();
  }

  function glitched(): boolean {
    return glitch(Date.now()) === 0 || fail(errorCode.enhanceYourCalm);
  }

  function pumpAll(): void {
    for (const stream of [...shared.waiting]) {
      if (output.full) return;
      stream.pump();
    }
  }

  const takers: Readonly<Record<number, (flags: number, id: number, payload: Buffer) => boolean>> = {
    [frameType.data]: takeData,
    [frameType.headers]: takeHeaders,
    [frameType.priority]: takePriority,
    [frameType.rstStream]: takeReset,
    [frameType.settings]: takeSettings,
    [frameType.pushPromise]: () => fail(errorCode.protocol),
    [frameType.ping]: takePing,
    [frameType.goaway]: takeGoaway,
    [frameType.windowUpdate]: takeWindowUpdate,
    [frameType.continuation]: (flags, id, payload) => {
      if (payload.length === 0 && !glitched()) return false;
      return takeBlock(block.continuation(flags, id, payload));
    },
  };

  function take(type: number, flags: number, id: number, payload: Buffer): boolean {
    if (!settled && (type !== frameType.settings || (flags & flag.ack) !== 0)) return fail(errorCode.protocol);
    if (block.open !== null && type !== frameType.continuation) return fail(errorCode.protocol);
    if (id === 0 && needsStream.has(type)) return fail(errorCode.protocol);
    const taker = takers[type];
    // Section 5.5: types that we don't know mean nothing.
    return taker === undefined ? glitched() : taker(flags, id, payload);
  }

  /** A stream that has never been is idle: only HEADERS and PRIORITY may come for it (section 5.1). */
  function isIdle(id: number): boolean {
    return id > lastStream || (id & 1) === 0;
  }

  function takeData(flags: number, id: number, payload: Buffer): boolean {
    const bytes = unpadded(flags, payload);
    if (bytes === null || isIdle(id)) return fail(errorCode.protocol);
    if (!receive(payload.length)) return fail(errorCode.flowControl);
    const stream = streams.get(id);
    if (stream === undefined) return lateFrame(id);
    if (stream.peerEnded) return failStream(id, errorCode.streamClosed);
    if (!stream.take(payload.length)) return failStream(id, errorCode.flowControl);
    const end = (flags & flag.endStream) !== 0;
    if (!fits(id, bytes.length, end)) return failStream(id, errorCode.protocol);
    if (bytes.length === 0 && !end) return glitched();
    if (bytes.length > 0) stream.receiver?.data(bytes);
    if (end) endOfRequest(stream);
    else stream.credit();
    return !dead;
  }

  /** Bytes of the connection's window: they are given back at once, in steps of half of it. */
  function receive(bytes: number): boolean {
    receiveWindow -= bytes;
    if (receiveWindow < 0) return false;
    const owed = limits.connectionWindowBytes - receiveWindow;
    if (owed < limits.connectionWindowBytes / 2) return true;
    output.push(numbersFrame(frameType.windowUpdate, 0, [owed]));
    receiveWindow += owed;
    return true;
  }

  /** Section 8.1.1: what comes is as long as `content-length` says. */
  function fits(id: number, bytes: number, end: boolean): boolean {
    const length = lengths.get(id);
    if (length === undefined) return true;
    lengths.set(id, length - bytes);
    return end ? length === bytes : bytes <= length;
  }

  /** Section 5.1: late for a stream that we stopped, wrong for one that the peer had ended. */
  function lateFrame(id: number): boolean {
    if (endedStreams.get(id) === 'stopped') return true;
    return failStream(id, errorCode.streamClosed);
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
    return taken && dependsOnItself(id, rest) ? failStream(id, errorCode.protocol) : taken;
  }

  /** RFC 7540 section 5.3.1; the scheme is deprecated, the error is not. */
  function dependsOnItself(id: number, priority: Buffer): boolean {
    return (priority.readUInt32BE(0) & maxWindow) === id;
  }

  function takePriority(_flags: number, id: number, payload: Buffer): boolean {
    if (payload.length !== priorityLength) return failStream(id, errorCode.frameSize);
    return dependsOnItself(id, payload) ? failStream(id, errorCode.protocol) : glitched();
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
    if (id <= lastStream) {
      const how = endedStreams.get(id);
      if (how === 'stopped') return true;
      return fail(how === undefined ? errorCode.protocol : errorCode.streamClosed);
    }
    if (id > finalStream) return true;
    lastStream = id;
    if (streams.size >= limits.maxConcurrentCalls) return failStream(id, errorCode.refused);
    if (fields === 'too_large') return failStream(id, errorCode.enhanceYourCalm);
    return openRequest(id, fields, endStream);
  }

  function takeTrailers(stream: Stream, fields: readonly Field[] | 'too_large', endStream: boolean): boolean {
    if (stream.peerEnded) return failStream(stream.id, errorCode.streamClosed);
    if (fields === 'too_large' || !endStream || !areTrailers(fields) || !fits(stream.id, 0, true))
      return failStream(stream.id, errorCode.protocol);
    endOfRequest(stream);
    return !dead;
  }

  function requestOf(fields: readonly Field[]): RequestHead | null {
    let head = requests.get(fields);
    if (head === undefined) {
      head = readRequest(fields) ?? { malformed: true };
      requests.set(fields, head);
    }
    return 'malformed' in head ? null : head;
  }

  function openRequest(id: number, fields: readonly Field[], endStream: boolean): boolean {
    const request = requestOf(fields);
    if (request === null || (endStream && (request.length ?? 0) > 0)) return failStream(id, errorCode.protocol);
    const stream = openStream(id, peer.initialWindow, shared);
    streams.set(id, stream);
    if (request.length !== null) lengths.set(id, request.length);
    answer(stream, request, endStream);
    return !dead;
  }

  function answer(stream: Stream, request: RequestHead, endStream: boolean): void {
    const refused = refusedHttp(request.method, request.contentType);
    const route = routes.get(request.path);
    stream.peerEnded = endStream;
    if (refused !== null) stream.refuse(refused, 'this is a gRPC server: POST application/grpc\n');
    else if (route === undefined) stream.end(noSuchMethod);
    else {
      stream.receiver = openCall(stream, request.call(Date.now()), route, call);
      if (endStream) stream.receiver.end();
    }
  }

  function takeReset(_flags: number, id: number, payload: Buffer): boolean {
    if (payload.length !== 4) return fail(errorCode.frameSize);
    if (isIdle(id)) return fail(errorCode.protocol);
    const stream = streams.get(id);
    if (stream === undefined) return endedStreams.has(id) || glitched();
    const answered = stream.answered;
    forget(stream, 'complete');
    return answered || slowDown();
  }

  function slowDown(): boolean {
    const overdrawn = abandon(Date.now());
    if (overdrawn > 0) {
      socket.pause();
      clearTimeout(resting);
      resting = setTimeout(() => socket.resume(), overdrawn).unref();
    }
    return !dead;
  }

  function takeSettings(flags: number, id: number, payload: Buffer): boolean {
    if (id !== 0) return fail(errorCode.protocol);
    if ((flags & flag.ack) !== 0) return payload.length === 0 || fail(errorCode.frameSize);
    const next = applySettings(peer, payload);
    if (typeof next === 'number') return fail(next);
    const grown = next.initialWindow - peer.initialWindow;
    peer = next;
    shared.maxFrame = next.maxFrame;
    const first = !settled;
    settled = true;
    output.push(frameOf(frameType.settings, flag.ack, 0, Buffer.alloc(0)));
    for (const stream of streams.values()) {
      stream.sendWindow += grown;
      if (stream.sendWindow > maxWindow) return fail(errorCode.flowControl);
    }
    if (grown > 0) pumpAll();
    return first || glitched();
  }

  function takePing(flags: number, id: number, payload: Buffer): boolean {
    if (id !== 0) return fail(errorCode.protocol);
    if (payload.length !== 8) return fail(errorCode.frameSize);
    if ((flags & flag.ack) === 0) {
      output.push(frameOf(frameType.ping, flag.ack, 0, payload));
      return glitched();
    }
    if (leave !== 'asked' || !payload.equals(leaving)) return glitched();
    leave = 'last';
    finalStream = lastStream;
    output.push(numbersFrame(frameType.goaway, 0, [lastStream, errorCode.noError]));
    closeIfDone();
    return !dead;
  }

  /** The peer opens no more streams: those that are open end as ever. */
  function takeGoaway(_flags: number, id: number, payload: Buffer): boolean {
    if (id !== 0) return fail(errorCode.protocol);
    return payload.length >= 8 ? glitched() : fail(errorCode.frameSize);
  }

  function takeWindowUpdate(_flags: number, id: number, payload: Buffer): boolean {
    if (payload.length !== 4) return fail(errorCode.frameSize);
    const by = payload.readUInt32BE(0) & maxWindow;
    if (id === 0) return widenConnection(by);
    if (isIdle(id)) return fail(errorCode.protocol);
    const stream = streams.get(id);
    if (stream === undefined) return endedStreams.has(id) || glitched();
    if (by === 0) return failStream(id, errorCode.protocol);
    stream.sendWindow += by;
    if (stream.sendWindow > maxWindow) return failStream(id, errorCode.flowControl);
    stream.pump();
    return !dead;
  }

  function widenConnection(by: number): boolean {
    if (by === 0) return fail(errorCode.protocol);
    shared.sendWindow += by;
    if (shared.sendWindow > maxWindow) return fail(errorCode.flowControl);
    pumpAll();
    return !dead;
  }

  const readFrames = openFrameReader(take, () => fail(errorCode.frameSize));

  function read(chunk: Buffer): void {
    const rest = prefaced === preface.length ? chunk : readPreface(chunk);
    if (rest === null || dead) return;
    readFrames(rest);
    if (output.unwritten > limits.maxUnwrittenBytes) cut();
  }

  /** What comes after the preface; null while it is not whole, or when it is none. */
  function readPreface(chunk: Buffer): Buffer | null {
    const length = Math.min(chunk.length, preface.length - prefaced);
    if (chunk.compare(preface, prefaced, prefaced + length, 0, length) !== 0) {
      fail(errorCode.protocol);
      return null;
    }
    prefaced += length;
    return prefaced === preface.length ? chunk.subarray(length) : null;
  }

  socket.on('data', read);
  socket.on('end', cut);
  socket.on('close', die);
  socket.on('error', cut);
  output.push(
    settingsFrame([
      [setting.maxConcurrentStreams, limits.maxConcurrentCalls],
      [setting.initialWindowSize, limits.streamWindowBytes],
      [setting.maxHeaderListSize, limits.maxHeaderListBytes],
    ]),
  );
  output.push(numbersFrame(frameType.windowUpdate, 0, [limits.connectionWindowBytes - peerDefaults.initialWindow]));

  return {
    leave() {
      if (dead || leave !== 'not') return;
      leave = 'asked';
      output.push(numbersFrame(frameType.goaway, 0, [maxWindow, errorCode.noError]));
      output.push(frameOf(frameType.ping, 0, 0, leaving));
    },
    cut,
    watch(now) {
      const since = settled ? output.stuckSince : began;
      if (since !== null && now - since > limits.patience) cut();
    },
  };
}
