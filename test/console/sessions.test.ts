import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import type { EntryEvent } from '../../plugin/audit/log.ts';
import { sessionRoutes } from '../../plugin/console/sessions.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { principalOf } from '../identity/request.ts';
import { asked, context, recorderIn } from '../record/recordings.ts';

const tokens: Readonly<Record<string, readonly string[]>> = { carol: ['auditors'], eve: ['sre'] };

async function open(t: Test, disclose?: (event: EntryEvent) => Promise<void>) {
  const it = recorderIn(t.testdir());
  await it.recorder.request('e-1', 'full', asked, context);
  const sink = it.recorder.response('e-1');
  sink.head({ status: 200, headers: [] });
  sink.push(Buffer.from('canary-answer'));
  await sink.finish();
  const disclosed: EntryEvent[] = [];
  const route = sessionRoutes({
    recorder: it.recorder,
    readers: 'auditors',
    disclose: disclose ?? (async (event) => void disclosed.push(event)),
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
  const get = async (path: string, token?: string, method = 'GET') => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { method, headers });
    return { status: answer.status, text: await answer.text() };
  };
  return { ...it, get, disclosed };
}

t.test('who may read sees sessions without content', async (t) => {
  const { get, disclosed } = await open(t);
  const { status, text } = await get('sessions', 'carol');
  t.equal(status, 200);
  t.match(JSON.parse(text), { sessions: [{ session: context.session, exchanges: 1 }] });
  const one = await get(`sessions/${context.session}`, 'carol');
  t.match(JSON.parse(one.text), { exchanges: [{ exchange: 'e-1', path: '/customers' }] });
  t.notMatch(text + one.text, /canary/);
  t.strictSame(disclosed, []);
});

t.test('content leaves after its disclosure was entered', async (t) => {
  const { get, disclosed } = await open(t);
  const { text } = await get('recordings/e-1', 'carol');
  const { response } = JSON.parse(text);
  t.equal(Buffer.from(response.chunks[0].base64, 'base64').toString(), 'canary-answer');
  t.match(response, { bytes: 13, complete: true, sha256: /^[0-9a-f]{64}$/ });
  t.match(disclosed, [
    { kind: 'disclosure', exchange: 'e-1', principal: { id: 'carol' }, body: { what: 'recording', subject: 'e-1' } },
  ]);
});

t.test('without an entry there is no content', async (t) => {
  const { get } = await open(t, () => Promise.reject(new CountersignError('audit_broken', 'the log is broken')));
  const { status, text } = await get('recordings/e-1', 'carol');
  t.equal(status, 503);
  t.notMatch(text, /canary|base64/);
});

t.test('nobody else reads anything', async (t) => {
  const { get, disclosed } = await open(t);
  const rows: [string, string | undefined, string, number, string][] = [
    ['sessions', undefined, 'GET', 401, 'token_invalid'],
    ['recordings/e-1', 'forged', 'GET', 401, 'token_invalid'],
    ['sessions', 'eve', 'GET', 403, 'forbidden'],
    ['recordings/e-1', 'eve', 'GET', 403, 'forbidden'],
    ['recordings/e-1', 'carol', 'POST', 400, 'usage'],
    ['recordings/e-9', 'carol', 'GET', 404, 'record_unknown'],
    [`sessions/${'b'.repeat(32)}`, 'carol', 'GET', 404, 'record_unknown'],
  ];
  for (const [path, token, method, status, code] of rows) {
    const answer = await get(path, token, method);
    t.match({ ...answer, ...JSON.parse(answer.text) }, { status, code }, `${method} ${path} as ${token}`);
    t.notMatch(answer.text, /canary/);
  }
  for (const path of ['holds', 'sessions/a/b', 'recordings/..', 'sessionsx', 'recordings/%2e%2e'])
    t.equal((await get(path, 'carol')).status, 418, `${path} is another's`);
  t.strictSame(disclosed, []);
});

t.test('a recording that was changed is not shown', async (t) => {
  const { get, part } = await open(t);
  writeFileSync(part('e-1', 'response'), `CSREC001${'x'.repeat(200)}`);
  const { status, text } = await get('recordings/e-1', 'carol');
  t.equal(status, 500);
  t.match(JSON.parse(text), { code: /audit_damaged/ });
});
