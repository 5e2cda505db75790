import type { Socket } from 'node:net';
import type { CallOptions } from '../call.ts';
import type { Route } from '../port.ts';
import { needsStream } from './block.ts';
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
import { type Limits, openBudget } from './limits.ts';
import { openOutput } from './output.ts';
import { openRequests, type Take } from './requests.ts';
import { applySettings, peerDefaults } from './settings.ts';
import type { Shared } from './stream.ts';
import { openStreams } from './streams.ts';

/** One connection of a client. */
export interface Session {
  /** RFC 9113 section 6.8: takes no more streams than the peer has under way, and closes when the last one has ended. */
  leave(): void;
  /** Ends the connection now; calls on it are cancelled. */
  cut(): void;
  /** Cuts a peer that neither speaks nor reads. `now` is milliseconds since 1970. */
  watch(now: number): void;
}

/** What sessions have in common. */
export interface SessionOptions extends CallOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly limits: Limits;
}

/** The PING that asks whether the peer has read our GOAWAY. */
const leaving = Buffer.from('leaving.');

/** Milliseconds in which a peer whose connection broke may read why. */
const lastWords = 1_000;

/** Speaks HTTP/2 on a socket, until either side ends it: RFC 9113. */
export function openSession(socket: Socket, options: SessionOptions): Session {
  const { limits } = options;
  const began = Date.now();
  const output = openOutput(socket, pumpAll);
  const streams = openStreams(closeIfDone);
  const glitch = openBudget(limits.glitches, began);
  const abandon = openBudget(limits.abandoned, began);
  let peer = peerDefaults;
  let receiveWindow = limits.connectionWindowBytes;
  let prefaced = 0;
  let settled = false;
  let dead = false;
  /** While it runs nothing is read. */
  let resting: NodeJS.Timeout | undefined;
  let leave: 'not' | 'asked' | 'last' = 'not';
  let finalStream = maxWindow;

  const shared: Shared = {
    output,
    sendWindow: peerDefaults.initialWindow,
    maxFrame: peerDefaults.maxFrame,
    first: true,
    window: limits.streamWindowBytes,
    waiting: new Set(),
    ended: ({ id }, reset) => streams.end(id, reset ? 'stopped' : 'complete'),
  };

  const requests = openRequests({
    ...options,
    shared,
    streams,
    get initialWindow() {
      return peer.initialWindow;
    },
    get finalStream() {
      return finalStream;
    },
    get dead() {
      return dead;
    },
    fail,
    glitched,
    abandoned,
    receive,
  });

  const takers: Readonly<Record<number, Take>> = {
    ...requests.takers,
    [frameType.settings]: takeSettings,
    [frameType.pushPromise]: () => fail(errorCode.protocol),
    [frameType.ping]: takePing,
    [frameType.goaway]: takeGoaway,
  };

  function take(type: number, flags: number, id: number, payload: Buffer): boolean {
    if (!settled && (type !== frameType.settings || (flags & flag.ack) !== 0)) return fail(errorCode.protocol);
    if (requests.inBlock && type !== frameType.continuation) return fail(errorCode.protocol);
    if (id === 0 && needsStream.has(type)) return fail(errorCode.protocol);
    if (id === 0 && type === frameType.windowUpdate) return widen(payload);
    // Section 5.5: types that we don't know mean nothing.
    return takers[type]?.(flags, id, payload) ?? glitched();
  }

  /** Sections 5.4.1 and 6.8: an error of the connection. Always false: the reader stops. */
  function fail(code: number): false {
    if (dead) return false;
    output.push(numbersFrame(frameType.goaway, 0, [streams.last, code]));
    output.end();
    die();
    return false;
  }

  function die(): void {
    if (dead) return;
    dead = true;
    clearTimeout(resting);
    for (const { id } of streams.all()) streams.end(id, 'stopped');
    // What the peer still sends is read over, so that it can read why we left.
    socket.removeListener('data', read);
    socket.resume();
    setTimeout(() => socket.destroy(), lastWords).unref();
  }

  function cut(): void {
    socket.destroy();
    die();
  }

  function closeIfDone(): void {
    if (leave !== 'last' || streams.size > 0 || dead) return;
    output.end();
    die();
  }

  function glitched(): boolean {
    return glitch(Date.now()) === 0 || fail(errorCode.enhanceYourCalm);
  }

  /** Over its budget the connection is read no faster than that. */
  function abandoned(): boolean {
    const overdrawn = abandon(Date.now());
    if (overdrawn > 0) {
      socket.pause();
      clearTimeout(resting);
      resting = setTimeout(() => socket.resume(), overdrawn).unref();
    }
    return !dead;
  }

  function pumpAll(): void {
    for (const stream of [...shared.waiting]) {
      if (output.full) return;
      stream.pump();
    }
  }

  /** Given back at once, in steps of half the window: a paused stream stops no other. */
  function receive(bytes: number): boolean {
    receiveWindow -= bytes;
    if (receiveWindow < 0) return false;
    const owed = limits.connectionWindowBytes - receiveWindow;
    if (owed < limits.connectionWindowBytes / 2) return true;
    output.push(numbersFrame(frameType.windowUpdate, 0, [owed]));
    receiveWindow += owed;
    return true;
  }

  /** WINDOW_UPDATE of the connection. */
  function widen(payload: Buffer): boolean {
    if (payload.length !== 4) return fail(errorCode.frameSize);
    const by = payload.readUInt32BE(0) & maxWindow;
    if (by === 0) return fail(errorCode.protocol);
    shared.sendWindow += by;
    if (shared.sendWindow > maxWindow) return fail(errorCode.flowControl);
    pumpAll();
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
    for (const stream of streams.all()) {
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
    finalStream = streams.last;
    output.push(numbersFrame(frameType.goaway, 0, [finalStream, errorCode.noError]));
    closeIfDone();
    return !dead;
  }

  /** The peer opens no more streams: those that are open end as ever. */
  function takeGoaway(_flags: number, id: number, payload: Buffer): boolean {
    if (id !== 0) return fail(errorCode.protocol);
    return payload.length >= 8 ? glitched() : fail(errorCode.frameSize);
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
