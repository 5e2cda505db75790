import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { approvalRoutes } from '../../plugin/console/approvals.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { ask, site } from '../hold/desk-of.ts';
import { human } from '../hold/people-of.ts';

const people = { bob: human('bob'), alice: human('alice'), erin: human('erin', ['auditors']) };

interface Sent {
  readonly method?: string;
  readonly token?: string | null;
  readonly type?: string;
  readonly body?: string | Buffer;
}

/** A desk with one pending hold behind the routes, and a client. */
async function served(t: Test) {
  const { open, log } = site(t);
  const desk = await open();
  const { hold } = await desk.present(ask({ deadline: 0 }));
  const routes = approvalRoutes({
    desk,
    async verifyToken(bearer) {
      const found = Object.entries(people).find(([name]) => name === bearer);
      if (found === undefined) throw new CountersignError('token_invalid', 'the bearer token has expired');
      return found[1];
    },
  });
  const server = createServer((incoming, response) => {
    if (!routes(incoming, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const send = (path: string, { method = 'GET', token = 'bob', type = 'application/json', body }: Sent = {}) =>
    new Promise<{ status: number | undefined; type: string | undefined; json: Record<string, unknown> }>(
      (resolve, reject) => {
        const headers = {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': type }),
        };
        const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
            resolve({ status: response.statusCode, type: response.headers['content-type'], json });
          });
        });
        sent.on('error', reject);
        sent.end(body);
      },
    );
  const post = (what: string, body: unknown, over: Sent = {}) =>
    send(`/api/v1/holds/${hold.id}/${what}`, { method: 'POST', body: JSON.stringify(body), ...over });
  return { desk, hold, log, send, post, shown: { digest: hold.digest, version: hold.version } };
}

t.test('list, show and approve, as whoever the token proves', async (t) => {
  const { hold, send, post, shown } = await served(t);
  t.match(await send('/api/v1/holds'), { status: 200, json: { holds: [{ id: hold.id, barred: null }] } });
  t.match(await send('/api/v1/holds', { token: 'erin' }), { status: 200, json: { holds: [] } });
  t.match(await send(`/api/v1/holds/${hold.id}`), { status: 200, json: { digest: hold.digest, version: 1 } });
  t.match(await post('approve', { ...shown, reason: 'fine' }), { status: 200, json: { state: 'approved' } });
  t.match(await post('approve', shown), {
    status: 409,
    type: 'application/problem+json',
    json: { code: 'hold_state' },
  });
});

t.test('a rejection has its reason', async (t) => {
  const { post, shown } = await served(t);
  t.match(await post('reject', shown), { status: 400, json: { code: 'usage' } });
  t.match(await post('reject', { ...shown, reason: 'no' }), { status: 200, json: { state: 'rejected' } });
});

t.test('no name in a body, no header and no token of the asking side approves', async (t) => {
  const { log, post, send, hold, shown } = await served(t);
  for (const [name, answered, status, code] of [
    ['a name in the body', await post('approve', { ...shown, approver: 'bob' }, { token: 'alice' }), 400, 'usage'],
    ['the owner', await post('approve', shown, { token: 'alice' }), 403, 'hold_self'],
    ['of no group', await post('approve', shown, { token: 'erin' }), 403, 'forbidden'],
    ['a token that is not good', await post('approve', shown, { token: 'mallory' }), 401, 'token_invalid'],
    ['no token', await post('approve', shown, { token: null }), 401, 'token_invalid'],
    ['no token, reading', await send('/api/v1/holds', { token: null }), 401, 'token_invalid'],
    ['another version than shown', await post('approve', { ...shown, version: 7 }), 409, 'hold_state'],
    ['another digest than shown', await post('approve', { ...shown, digest: 'd2'.repeat(32) }), 409, 'hold_state'],
    ['no digest', await post('approve', { version: 1 }), 400, 'usage'],
    ['no JSON', await post('approve', shown, { body: '{' }), 400, 'usage'],
    ['two values', await post('approve', shown, { body: `${JSON.stringify(shown)}{}` }), 400, 'usage'],
    ['not UTF-8', await post('approve', shown, { body: Buffer.from([0x22, 0xff, 0x22]) }), 400, 'usage'],
    ['a form', await post('approve', shown, { type: 'text/plain' }), 400, 'usage'],
    ['too long', await post('approve', shown, { body: Buffer.alloc(70_000, 0x20) }), 400, 'usage'],
    ['a hold that is not there', await send(`/api/v1/holds/h_${'x'.repeat(22)}`), 404, 'hold_unknown'],
    ['another path', await send('/api/v1/holds/..%2fsessions'), 404, 'hold_unknown'],
    ['approving by GET', await send(`/api/v1/holds/${hold.id}/approve`), 400, 'usage'],
  ] as const)
    t.match(answered, { status, type: 'application/problem+json', json: { status, code } }, name);
  t.same(log.transitions(), ['opened'], 'nothing changed');
});

t.test('other paths are somebody else’s', async (t) => {
  const { send } = await served(t);
  for (const path of ['/api/v1/holdsmore', '/healthz']) t.match(await send(path), { status: 418 });
});
