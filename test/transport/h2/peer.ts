/** A client that writes frames by hand: what no well-behaved one would send. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import {
  flag,
  frameOf,
  frameType,
  numbersFrame,
  openFrameReader,
  preface,
  settingsFrame,
} from '../../../plugin/transport/h2/frames.ts';
import { type H2Options, h2Transport } from '../../../plugin/transport/h2/server.ts';
import type { Route, Server } from '../../../plugin/transport/port.ts';

export interface Got {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export interface Peer {
  readonly socket: Socket;
  send(...frames: readonly Uint8Array[]): void;
  /** The next frame that fits, those before it are kept; null when the connection closed without one. */
  next(fits: (frame: Got) => boolean): Promise<Got | null>;
  /** Resolves when the server has read all that was sent: a PING came back. */
  settled(): Promise<void>;
  /** The error code of the GOAWAY that ends the connection, `closed` without one. */
  end(): Promise<number | 'closed'>;
  close(): void;
}

/** Starts a server with routes on loopback. */
export function start(routes: Record<string, Route>, options: H2Options = {}): Promise<Server> {
  return h2Transport(options).serve(new Map(Object.entries(routes)), { host: '127.0.0.1', port: 0 });
}

/** Connects; with `settings` the preface and SETTINGS have been said. */
export async function connectPeer(
  server: Server,
  settings: Parameters<typeof settingsFrame>[0] | null = [],
): Promise<Peer> {
  const socket = createConnection(Number(server.address.split(':').at(-1)), '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const frames: Got[] = [];
  const waiting: { fits: (frame: Got) => boolean; resolve: (frame: Got | null) => void }[] = [];
  let closed = false;
  const read = openFrameReader(
    (type, flags, stream, payload) => {
      const frame = { type, flags, stream, payload: Buffer.from(payload) };
      const at = waiting.findIndex(({ fits }) => fits(frame));
      if (at < 0) frames.push(frame);
      else waiting.splice(at, 1)[0]?.resolve(frame);
      return true;
    },
    () => undefined,
  );
  socket.on('data', read);
  socket.on('close', () => {
    closed = true;
    for (const { resolve } of waiting) resolve(null);
  });
  const peer: Peer = {
    socket,
    send: (...list) => void socket.write(Buffer.concat(list)),
    next(fits) {
      const at = frames.findIndex(fits);
      if (at >= 0) return Promise.resolve(frames.splice(at, 1)[0] ?? null);
      if (closed) return Promise.resolve(null);
      return new Promise((resolve) => waiting.push({ fits, resolve }));
    },
    async settled() {
      peer.send(frameOf(frameType.ping, 0, 0, Buffer.from('settled?')));
      await peer.next(({ type, flags }) => type === frameType.ping && flags === flag.ack);
    },
    async end() {
      const goaway = await peer.next(({ type }) => type === frameType.goaway);
      return goaway === null ? 'closed' : goaway.payload.readUInt32BE(4);
    },
    close: () => socket.destroy(),
  };
  if (settings !== null) peer.send(preface, settingsFrame(settings));
  return peer;
}

const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);

/** A header block of literals without indexing. */
export const blockOf = (fields: Record<string, string>): Buffer =>
  Buffer.concat(Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));

export const grpcRequest = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': '/s/M',
  'content-type': 'application/grpc',
};

/** HEADERS of a gRPC call. */
export const open = (stream: number, fields: Record<string, string> = grpcRequest, flags = 0): Buffer =>
  frameOf(frameType.headers, flag.endHeaders | flags, stream, blockOf(fields));

/** DATA with one gRPC message. */
export function data(stream: number, message: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return frameOf(frameType.data, flags, stream, Buffer.concat([prefix, message]));
}

export const reset = (stream: number, code = 8): Buffer => numbersFrame(frameType.rstStream, stream, [code]);
