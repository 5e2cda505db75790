import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openLog } from '../../plugin/audit/log.ts';
import { auditRoutes } from '../../plugin/console/audit.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { event, partsWithOpenings } from '../audit/parts.ts';
import { principalOf } from '../identity/request.ts';

const tokens: Readonly<Record<string, readonly string[]>> = { carol: ['auditors'], eve: ['sre'] };

async function open(t: Test) {
  const state = mkdtempSync(join(tmpdir(), 'log-'));
  const log = await openLog(await partsWithOpenings(state));
  // Closed before its folder goes: it writes its last tiles when it is closed.
  t.teardown(async () => {
    await log.close();
    rmSync(state, { recursive: true });
  });
  const { seq } = await log.append({ ...event(1), committed: { query: Buffer.from('canary') } });
  const route = auditRoutes({
    log,
    append: log.append,
    readers: 'auditors',
    verifyToken: async (token) => {
      const groups = tokens[token];
      if (groups !== undefined) return principalOf({ id: token, groups });
      throw new CountersignError('token_invalid', 'no');
    },
  });
  const server = createServer((request, response) => {
    if (!route(request, response)) response.writeHead(418).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const post = async (
    path: string,
    token: string | null,
    body: unknown,
    method = 'POST',
    type = 'application/json',
  ) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': type, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    });
    return { status: answer.status, text: await answer.text() };
  };
  return { log, seq, post };
}

const disclosePath = '/api/v1/audit/disclose';

t.test('a reader gets what opens a field, and the log says so first', async (t) => {
  const { log, seq, post } = await open(t);
  const { status, text } = await post(disclosePath, 'carol', { id: String(seq), fields: ['query'], reason: 'case 7' });
  t.equal(status, 200);
  t.match(JSON.parse(text), {
    entries: [
      { origin: log.origin, seq, disclosed: [{ field: 'query', value: Buffer.from('canary').toString('base64') }] },
    ],
  });
  t.match(await log.entry(log.entries - 1), { kind: 'disclosure', principal: { id: 'carol' }, fields: ['query'] });
});

t.test('nobody else gets anything, and nothing is entered', async (t) => {
  const { log, seq, post } = await open(t);
  const good = { id: String(seq), fields: ['query'] };
  const before = log.entries;
  for (const [what, token, body, method, status, code] of [
    ['no token', null, good, 'POST', 401, 'token_invalid'],
    ['a forged token', 'forged', good, 'POST', 401, 'token_invalid'],
    ['without the group', 'eve', good, 'POST', 403, 'forbidden'],
    ['without the group, as GET', 'eve', good, 'GET', 403, 'forbidden'],
    ['as GET', 'carol', good, 'GET', 400, 'usage'],
    ['no JSON', 'carol', '{', 'POST', 400, 'usage'],
    ['no fields', 'carol', { id: '1', fields: [] }, 'POST', 400, 'usage'],
    ['another member', 'carol', { ...good, principal: 'dave' }, 'POST', 400, 'usage'],
    ['a body too long', 'carol', { ...good, reason: 'x'.repeat(70_000) }, 'POST', 400, 'usage'],
    ['a field that is not committed', 'carol', { ...good, fields: ['body'] }, 'POST', 404, 'audit_unknown'],
    ['no such entry', 'carol', { ...good, id: '99' }, 'POST', 404, 'audit_unknown'],
  ] as const) {
    const answer = await post(disclosePath, token, body, method);
    t.match({ ...answer, ...JSON.parse(answer.text) }, { status, code }, what);
    t.notMatch(answer.text, /canary|Y2FuYXJ5/);
  }
  t.equal((await post(disclosePath, 'carol', good, 'POST', 'text/plain')).status, 400);
  for (const path of ['/api/v1/audit', '/api/v1/audit/', '/api/v1/audit/toString', '/api/v1/audit/disclose/1', '/'])
    t.equal((await post(path, 'carol', good)).status, 418, `${path} is another's`);
  t.equal(log.entries, before);
});

t.test('openings are erased by a reader who says which and why, and by nobody else', async (t) => {
  const { log, seq, post } = await open(t);
  const path = '/api/v1/audit/erase';
  const good = { before: Date.now() + 60_000, reason: 'retention' };
  for (const [what, token, body, status] of [
    ['without the group', 'eve', good, 403],
    ['nothing', 'carol', { reason: 'x' }, 400],
    ['two at once', 'carol', { ...good, principal: 'a' }, 400],
    ['no reason', 'carol', { before: 1 }, 400],
    ['a time past the calendar', 'carol', { ...good, before: 8.65e15 }, 400],
    ['nobody', 'carol', { principal: '', reason: 'x' }, 400],
  ] as const)
    t.equal((await post(path, token, body)).status, status, what);
  t.same(await log.erasable.kept(), [seq]);
  for (const body of [
    { exchange: 'e', reason: 'x' },
    { principal: 'a', issuer: 'i', reason: 'x' },
  ])
    t.match(await post(path, 'carol', body), { status: 200, text: '{"erased":0,"recordings":0,"holds":0}' });
  t.match(await post(path, 'carol', good), { status: 200, text: '{"erased":1,"recordings":0,"holds":0}' });
  t.same(await log.erasable.kept(), []);
  t.match(await log.entry(log.entries - 1), { kind: 'erasure', what: 'before', principal: { id: 'carol' }, count: 1 });
  t.equal((await post(disclosePath, 'carol', { id: String(seq), fields: ['query'] })).status, 404);
});
