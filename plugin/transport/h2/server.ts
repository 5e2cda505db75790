import { createServer, type Server as NetServer } from 'node:net';
import type { Listener, Route, Server, Transport } from '../port.ts';
import { listenOn } from '../socket.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { openSession, type Session } from './session.ts';

/** The bounds, and who hears of handlers' faults. */
export interface H2Options extends Partial<Limits> {
  /** What a handler threw: its call has ended with INTERNAL, and nobody else tells of it. */
  readonly onFault?: (error: unknown) => void;
}

/** How often connections are looked at for peers that do nothing, in milliseconds. */
const watchEvery = 1_000;

/** The Transport port on an HTTP/2 server of our own: no TLS, for a unix socket or loopback with the Envoy beside us. */
export function h2Transport({ onFault = () => undefined, ...limits }: H2Options = {}): Transport {
  const bounds = { ...defaultLimits, ...limits };
  return { serve: (routes, listener) => serve(routes, listener, bounds, onFault) };
}

async function serve(
  routes: ReadonlyMap<string, Route>,
  listener: Listener,
  limits: Limits,
  onFault: (error: unknown) => void,
): Promise<Server> {
  const sessions = new Set<Session>();
  const options = { routes, limits, maxMessageBytes: limits.maxMessageBytes, onFault };
  let leaving = false;
  const net = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const session = openSession(socket, options);
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
    if (leaving) session.leave();
  });
  const address = await listenOn(net, listener);
  const watchdog = setInterval(() => {
    const now = Date.now();
    for (const session of sessions) session.watch(now);
  }, watchEvery);
  watchdog.unref();
  let drained: Promise<void> | undefined;
  return {
    address,
    drain(timeoutMs) {
      leaving = true;
      drained ??= drain(net, sessions, timeoutMs).finally(() => clearInterval(watchdog));
      return drained;
    },
  };
}

async function drain(net: NetServer, sessions: ReadonlySet<Session>, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => net.close(() => resolve()));
  for (const session of sessions) session.leave();
  const cut = setTimeout(() => {
    for (const session of sessions) session.cut();
  }, timeoutMs);
  await closed;
  clearTimeout(cut);
}
