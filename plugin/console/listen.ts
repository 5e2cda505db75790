import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Listener } from '../transport/port.ts';
import { listenOn } from '../transport/socket.ts';

/** Answers a request, or says by `false` that it is somebody else's. */
export type HttpRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What `/healthz` says. */
export interface Health {
  readonly serving: boolean;
  readonly policy: string | null;
  readonly log: 'open' | 'broken';
  /** Nobody has confirmed the policy for longer than `policy.max_age`. */
  readonly stale?: boolean;
}

/** What the admin listener needs. */
export interface AdminParts {
  readonly listener: Listener;
  readonly health: () => Health;
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
  readonly routes: readonly HttpRoute[];
}

/** The listener of people and monitoring, open until `close`. */
export interface AdminServer {
  /** Path of the socket, or `host:port` as bound. */
  readonly address: string;
  close(): Promise<void>;
}

/** `GET /healthz`, `GET /metrics`, and what the routes answer; problem+json for the rest. A unix socket gets mode 0600. */
export async function listenAdmin(parts: AdminParts): Promise<AdminServer> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    try {
      if (!parts.routes.some((route) => route(request, response))) own(parts, request, response);
    } catch {
      // A fault of one route is one answer, not the end of the process.
      if (!response.headersSent) response.writeHead(500, { connection: 'close' });
      response.end();
    }
  });
  const { listener } = parts;
  const address = await listenOn(server, listener);
  if ('unix' in listener) chmodSync(listener.unix, 0o600);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function own(parts: AdminParts, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0];
  if (request.method === 'GET' && path === '/healthz') {
    const health = parts.health();
    response.writeHead(health.serving ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(health));
    return;
  }
  if (request.method === 'GET' && path === '/metrics') {
    parts.metrics().then(
      (text) => response.writeHead(200, { 'content-type': parts.metricsType }).end(text),
      () => response.writeHead(500).end(),
    );
    return;
  }
  response.writeHead(404, { 'content-type': 'application/problem+json' });
  response.end(
    JSON.stringify({
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: 'see docs/reference.md for the paths of this listener',
    }),
  );
}
