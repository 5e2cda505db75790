import type { Exchange } from '../exchange.ts';
import { type Listener, type Route, type Server, statusCode, type Transport } from '../transport/port.ts';
import { authorizeRoute, checkPath } from './authorize.ts';
import { openInFlight } from './inflight.ts';
import { processPath, processRoute } from './process.ts';
import { readHealthCheck, writeHealthCheck } from './translate.ts';

/** What the two services and health need. */
export interface EdgeParts {
  readonly transport: Transport;
  readonly listener: Listener;
  readonly exchange: Exchange;
  /** Milliseconds that a response stream may be silent. */
  readonly idle: number;
  /** False while nothing could be allowed anyway: no policy, or a broken log. */
  readonly serving: () => boolean;
  failed(code: string): void;
}

const healthPath = '/grpc.health.v1.Health/Check';
const services: ReadonlySet<string> = new Set([
  '',
  'envoy.service.auth.v3.Authorization',
  'envoy.service.ext_proc.v3.ExternalProcessor',
]);

/**
 * Listens for Envoy: Check, Process and gRPC health on one listener. `drain` lets Checks that wait get their answer and
 * the responses of what was allowed come by, for so long; Checks that come meanwhile wait for our successor.
 */
export async function listen(parts: EdgeParts): Promise<Server> {
  const inFlight = openInFlight();
  const release = processRoute({ ...parts, inFlight });
  const routes = new Map<string, Route>([
    [checkPath, authorizeRoute({ ...parts, inFlight })],
    [processPath, release.route],
    [healthPath, healthRoute(() => parts.serving() && !inFlight.draining)],
  ]);
  const server = await parts.transport.serve(routes, parts.listener);
  return {
    address: server.address,
    async drain(timeoutMs) {
      const started = Date.now();
      await inFlight.settle(timeoutMs);
      await server.drain(Math.max(0, timeoutMs - (Date.now() - started)));
      release.close();
    },
  };
}

/** https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
function healthRoute(serving: () => boolean): Route {
  return (call) => ({
    onMessage(bytes) {
      const known = services.has(readHealthCheck(bytes));
      call.send(writeHealthCheck(known ? (serving() ? 'serving' : 'not_serving') : 'service_unknown'));
      call.finish({ code: statusCode.ok, message: '' });
    },
  });
}
