import { createServer, type Http2Server } from 'node:http2';
import { createServer as createListener, type Server as NetServer, type Socket } from 'node:net';
import { serveStream } from './node-call.ts';
import { openSessions, type Sessions } from './node-sessions.ts';
import type { Listener, Route, Server, Transport } from './port.ts';
import { listenOn } from './socket.ts';

/** Bounds of the adapter, and who hears of its handlers' faults. */
export interface NodeOptions {
  /** Bytes of one message; larger ones are RESOURCE_EXHAUSTED. Envoy's body chunks reach 1.4 MB. */
  readonly maxMessageBytes: number;
  /** Bytes that a peer may send on a stream that we don't read. */
  readonly streamWindowBytes: number;
  /** Bytes that a peer may have under way on a connection, for all streams together. */
  readonly sessionWindowBytes: number;
  /** Bytes of one header list. */
  readonly maxHeaderListBytes: number;
  /** Calls at once on one connection: each held Check is one. */
  readonly maxConcurrentCalls: number;
  /** What a handler threw: its call has ended with INTERNAL, and nobody else tells of it. */
  readonly onFault: (error: unknown) => void;
}

const MiB = 1024 * 1024;

const defaults: NodeOptions = {
  maxMessageBytes: 8 * MiB,
  streamWindowBytes: MiB,
  sessionWindowBytes: 16 * MiB,
  maxHeaderListBytes: 64 * 1024,
  maxConcurrentCalls: 100_000,
  onFault: () => undefined,
};

/**
 * Envoy resets every ext_proc stream when it is done with it. nghttp2 takes a thousand resets, and then more than 33 a
 * second, for an attack, and closes the connection with all that is in flight on it. Both options must be set to count.
 */
const resetsAreNoAttack = { streamResetBurst: 2 ** 31, streamResetRate: 2 ** 31 };

/** The Transport port on the core API of `node:http2`. */
export function nodeTransport(limits: Partial<NodeOptions> = {}): Transport {
  const bounds = { ...defaults, ...limits };
  return { serve: (routes, listener) => serve(routes, listener, bounds) };
}

async function serve(routes: ReadonlyMap<string, Route>, listener: Listener, limits: NodeOptions): Promise<Server> {
  const sessions = openSessions();
  const sockets = new Set<Socket>();
  const protocol = openProtocol(routes, limits, sessions);
  const net = createListener({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Without a listener an error before the session has the socket would end the process.
    socket.on('error', () => socket.destroy());
    protocol.emit('connection', socket);
  });
  const address = await listenOn(net, listener);
  let drained: Promise<void> | undefined;
  return {
    address,
    drain(timeoutMs) {
      drained ??= drain(net, sessions, sockets, timeoutMs);
      return drained;
    },
  };
}

function openProtocol(routes: ReadonlyMap<string, Route>, limits: NodeOptions, sessions: Sessions): Http2Server {
  const protocol = createServer({
    ...resetsAreNoAttack,
    // Megabytes; at the default of 10 a few hundred held calls would refuse the next.
    maxSessionMemory: 1024,
    settings: {
      initialWindowSize: limits.streamWindowBytes,
      maxConcurrentStreams: limits.maxConcurrentCalls,
      maxHeaderListSize: limits.maxHeaderListBytes,
    },
  });
  protocol.on('session', (session) => {
    sessions.add(session);
    // An error ends this session, which closes its streams: their calls are cancelled by that.
    session.on('error', () => session.destroy());
    session.setLocalWindowSize(limits.sessionWindowBytes);
  });
  protocol.on('stream', (stream, headers) => serveStream(stream, headers, routes, limits));
  return protocol;
}

async function drain(
  net: NetServer,
  sessions: Sessions,
  sockets: ReadonlySet<Socket>,
  timeoutMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => net.close(() => resolve()));
  sessions.sendAway();
  const cut = setTimeout(() => {
    sessions.cut();
    for (const socket of sockets) socket.destroy();
  }, timeoutMs);
  await closed;
  clearTimeout(cut);
}
