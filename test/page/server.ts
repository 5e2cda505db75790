/**
 * A console for tests of the page: the real routes on a real desk, the page's own files under the strictest content
 * security policy, and a session that stands for the sign-in.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { ensurePage } from '../../examples/quickstart/page.mjs';
import { approvalRoutes } from '../../plugin/console/approvals.ts';
import { deviationRoutes } from '../../plugin/console/deviations.ts';
import type { Session } from '../../plugin/console/page/wire.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { type Ask, openDesk } from '../../plugin/hold/desk.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import { openDeviations } from '../../plugin/ledger/deviations.ts';
import type { Principal } from '../../plugin/request.ts';
import { ask, key, useOf } from '../hold/desk-of.ts';
import { memoryLog } from '../hold/log.ts';
import { human } from '../hold/people-of.ts';

/** As the service must send it: nothing inline, nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Somebody of both groups that the tests' policies ask for, and of the one that signs deviations off. */
export const carol = human('carol', ['dba', 'security', 'auditors']);

/** Opens it; `viewer` may be changed while it runs, null is nobody. The caller closes it. */
export async function openConsole() {
  const page = ensurePage();
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  const log = memoryLog(Date.now);
  const store = await openSqliteStore(join(folder, 'holds.db'));
  const limits = { pending: 10_000, pendingPerPrincipal: 10_000 };
  const desk = await openDesk({ store, emit: (event) => log.emit(event), evidence: log.evidence, limits, key });
  const deviations = openDeviations({
    append: async (event) => {
      const receipt = await log.emit(event as Parameters<typeof log.emit>[0]);
      deviations.entered(event, receipt);
      return receipt;
    },
    history: async function* () {},
    group: 'auditors',
  });
  const state: { viewer: Principal | null; refused: string[]; waiting: Set<ServerResponse> } = {
    ...{ viewer: carol, refused: [], waiting: new Set() },
  };
  const csrf = randomUUID();
  const verifyToken = async () => {
    if (state.viewer === null) throw new CountersignError('token_invalid', 'the session has ended');
    return state.viewer;
  };
  const routes = [approvalRoutes({ desk, verifyToken }), deviationRoutes({ deviations, verifyToken })];

  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path === '/api/v1/session') return session(response);
    if (path === '/api/v1/events') return events(request, response);
    if (path === '/api/v1/logout') {
      state.viewer = null;
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    }
    if (request.method === 'POST' && request.headers['x-csrf-token'] !== csrf)
      return void response.writeHead(403).end('{}');
    request.headers.authorization = 'Bearer session';
    if (routes.some((route) => route(request, response))) return;
    file(path, response);
  });

  function session(response: ServerResponse) {
    const login = [
      { id: 'work', kind: 'oidc', label: 'Work account', url: '/login/work' },
      { id: 'partner', kind: 'saml', label: 'Partner directory', url: '/login/partner' },
    ] as const;
    if (state.viewer === null) {
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      return void response.end(JSON.stringify({ status: 401, code: 'token_invalid', detail: 'sign in', login }));
    }
    const { id, issuer, groups, kind, person } = state.viewer;
    const value: Session = {
      viewer: { id, issuer, groups, kind, name: person ?? id, ...(person === null ? {} : { email: person }) },
      ...{ csrf, login, roles: ['approver', 'auditor'], expires: Date.now() + 28_800_000, version: '0.1.0' },
      passkeys: [],
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  function events(request: IncomingMessage, response: ServerResponse) {
    if (state.viewer === null) return void response.writeHead(401).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
    state.waiting.add(response);
    const tell = (name: string, value: unknown) => response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
    const ends = [
      desk.watch(state.viewer, ({ hold: { id, state, version } }) => tell('hold', { id, state, version })),
      deviations.watch(({ id, state }) => tell('deviation', { id, state, version: 1 })),
    ];
    request.on('close', () => {
      state.waiting.delete(response);
      for (const end of ends) end();
    });
  }

  function file(path: string, response: ServerResponse) {
    const named = join(page, path);
    const found =
      extname(path) !== '' && named.startsWith(page) && existsSync(named) ? named : join(page, 'index.html');
    response.writeHead(200, {
      'content-type': types[extname(found)] ?? 'text/plain',
      'content-security-policy': policy,
    });
    createReadStream(found).pipe(response);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const callers: Promise<unknown>[] = [];
  let count = 0;
  return {
    ...{ desk, deviations, log, state },
    url: `http://127.0.0.1:${port}`,
    /** A caller asks, waits in line, and goes on when approved, as the gateway does: resolves to what became of it. */
    asks(over: Partial<Ask> = {}): Promise<string> {
      count += 1;
      const asked = ask({
        digest: createHash('sha256').update(String(count)).digest('hex'),
        exchange: randomUUID(),
        ...over,
      });
      const answer = desk.present(asked).then(async ({ state, hold }) => {
        if (state !== 'approved' && state !== 'granted') return state;
        await desk.consume(useOf(asked, hold));
        return 'admitted';
      });
      callers.push(answer.catch(() => {}));
      return answer;
    },
    /** Ends what stays open: event streams break, as in a restart. */
    breakStreams() {
      for (const response of state.waiting) response.destroy();
    },
    async close() {
      desk.drain();
      await Promise.all(callers);
      for (const response of state.waiting) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await desk.close();
      rmSync(folder, { recursive: true });
    },
  };
}
