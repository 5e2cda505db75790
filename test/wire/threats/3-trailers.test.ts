/**
 * Threat 3: trailers are in no Check. An HTTP/2 upstream takes them for headers of the request, or for more than that.
 * The quick start removes them; where nobody does, what may carry some can't be held.
 */
import { once } from 'node:events';
import { connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { createConnection } from 'node:net';
import t, { type Test } from 'tap';
import type { Document } from 'yaml';
import { startHttp2Upstream } from '../fixture/executor.ts';
import { decide, theHold } from '../fixture/people.ts';
import { type Stack, startStack } from '../fixture/stack.ts';
import { host, manager, problemOf, sequence, threatPolicy } from '../fixture/threats.ts';

const evil = { 'impersonate-user': 'root' };

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** A POST over HTTP/2 with trailers behind its body. */
async function post(stack: Stack, path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  const session = connect(`http://127.0.0.1:${stack.port()}`);
  try {
    const authorization = `Bearer ${await stack.idp.token('reporting-agent', 'api')}`;
    const head = { [constants.HTTP2_HEADER_METHOD]: 'POST', ':path': path, authorization, ...headers };
    const stream = session.request(head, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(evil));
    stream.end('act');
    const [response] = (await once(stream, 'response')) as [Record<string, unknown>];
    const chunks = await stream.toArray();
    return { status: Number(response[':status']), body: Buffer.concat(chunks as Buffer[]) };
  } finally {
    session.destroy();
  }
}

/** The same over HTTP/1.1, chunked. */
async function postChunked(stack: Stack, path: string): Promise<Answer> {
  const token = await stack.idp.token('reporting-agent', 'api');
  const socket = createConnection(stack.port(), '127.0.0.1');
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: quickstart\r\nauthorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n` +
      '3\r\nact\r\n0\r\nimpersonate-user: root\r\n\r\n',
  );
  const text = Buffer.concat((await socket.toArray()) as Buffer[]).toString('latin1');
  const body = Buffer.from(/\{.*\}/s.exec(text)?.[0] ?? '');
  return { status: Number(text.slice(9, 12)), body };
}

/** The quick start in front of an HTTP/2 upstream, HTTP/1 callers allowed trailers; `patch` removes a safeguard. */
async function stackOf(t: Test, patch: (config: Document) => void = () => {}) {
  const upstream = await startHttp2Upstream(t);
  const stack = await startStack(t, {
    policy: await threatPolicy(t),
    envoyPatch(config) {
      upstream.place(config);
      config.setIn([...manager, 'http_protocol_options'], config.createNode({ enable_trailers: true }));
      patch(config);
    },
  });
  return { stack, executed: upstream.executed };
}

const extensions = 'typed_per_filter_config/envoy.filters.http.ext_authz/check_settings/context_extensions'.split('/');

/** Envoy as somebody configures it who thinks of no trailers. */
function unguarded(config: Document): void {
  for (const route of [0, 1]) config.deleteIn([...host, 'routes', route, ...extensions, 'countersign.trailers']);
  sequence(config, [...manager, 'http_filters']).delete(0);
}

t.test('threat 3: the quick start lets no trailer of a request through, held or not', async (t) => {
  const { stack, executed } = await stackOf(t);
  t.equal((await post(stack, '/open/1')).status, 200);
  t.equal((await post(stack, '/open/2', { 'content-length': '3' })).status, 200);
  t.equal((await postChunked(stack, '/open/3')).status, 200);
  const waiting = post(stack, '/held/4');
  t.equal((await decide(stack, await theHold(stack))).status, 200);
  t.equal((await waiting).status, 200);
  t.same(
    executed,
    ['/open/1', '/open/2', '/open/3', '/held/4'].map((path) => ({ path, trailers: {} })),
  );
});

t.test('threat 3: where nothing removes trailers, they pass, and what may carry some can not be held', async (t) => {
  const { stack, executed } = await stackOf(t, unguarded);
  t.equal((await post(stack, '/open/1', { 'content-length': '3' })).status, 200);
  t.same(executed, [{ path: '/open/1', trailers: evil }], 'the attack works on what is not held');
  for (const [what, answer] of [
    ['HTTP/2', await post(stack, '/held/2')],
    ['HTTP/2 with a content-length', await post(stack, '/held/3', { 'content-length': '3' })],
    ['HTTP/2 that announces them', await post(stack, '/held/4', { te: 'trailers', trailer: 'impersonate-user' })],
    ['HTTP/1.1, chunked', await postChunked(stack, '/held/5')],
  ] as const) {
    t.equal(answer.status, 403, what);
    t.match(problemOf(answer), { type: /hold-impossible$/, detail: /trailers/ }, what);
  }
  t.equal(executed.length, 1);
  const waiting = stack.request({ path: '/held/6', body: { act: 1 } });
  t.equal((await decide(stack, await theHold(stack))).status, 200);
  t.equal((await waiting).status, 200, 'one that can carry none is held as ever');
});
