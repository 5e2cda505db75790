/**
 * Invariant 7: nothing secret in a log line, an error message, a metric label or an entry. Canaries go in wherever a
 * caller, an upstream or an approver can put a text, through every outcome; then everything that is kept is searched.
 */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import t from 'tap';
import { send } from '../../../examples/quickstart/client.ts';
import { openResponse } from '../fixture/caller.ts';
import { entriesOf, findingsOf } from '../fixture/entries.ts';
import { pendingHolds } from '../fixture/people.ts';
import { startStack } from '../fixture/stack.ts';
import { addRoute, authzSettings, checkDirectly, problemOf, threatPolicy } from '../fixture/threats.ts';

/** What every canary ends in; the text before says where it was put. */
const nest = 'ada.078-05-1120@canary.example';
const places = new Set<string>();

/** A canary for a place, an address with a social security number in it. */
function canary(place: string): string {
  places.add(place);
  return `${place}.${nest}`;
}

const undecided = {
  'envoy.filters.http.ext_authz': {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
    disabled: true,
  },
};
const sql = authzSettings({
  context_extensions: { 'countersign.command': 'sql', 'countersign.sql.path': '$.sql', 'countersign.body': 'buffered' },
});

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  configPatch(config) {
    config.setIn(['log', 'level'], 'trace');
    config.setIn(['identity', 'header', 'name'], 'x-caller');
  },
  envoyPatch(config) {
    addRoute(config, { name: 'undecided', match: { prefix: '/undecided' }, typed_per_filter_config: undecided });
    for (const prefix of ['/shown/sql', '/ticket/sql'])
      addRoute(config, { name: prefix, match: { prefix }, typed_per_filter_config: sql });
    const header = authzSettings({ context_extensions: { 'countersign.identity': 'header' } });
    addRoute(config, { name: 'caller', match: { prefix: '/open/caller' }, typed_per_filter_config: header });
  },
  respond({ path }, response) {
    const content = { [canary('response-key')]: { ssn: canary('response-value'), mail: canary('response-mail') } };
    response.writeHead(path.includes('500') ? 500 : 200, {
      'content-type': path.includes('html') ? 'text/html' : 'application/json',
      'x-person': canary('response-header'),
      'set-cookie': `person=${canary('response-cookie')}`,
    });
    if (path.includes('cut')) response.write(JSON.stringify(content).slice(0, 60), () => response.destroy());
    else if (path.includes('broken')) response.end(`{"ssn":"${canary('response-broken')}`);
    else if (path.includes('slow')) response.write(JSON.stringify({ ...content, rest: 'x'.repeat(70_000) }));
    else response.end(JSON.stringify(content));
    return true;
  },
});

const seen = (place: string) => ({
  'x-person': canary(`${place}-header`),
  'x-session-id': canary(`${place}-session`),
  'x-api-key': canary(`${place}-key`),
  'user-agent': canary(`${place}-agent`),
  cookie: `person=${canary(`${place}-cookie`)}`,
  'countersign-justification': canary(`${place}-justification`),
});
const ask = (path: string) => {
  const place = path.replaceAll(/\W+/g, '-').slice(1);
  return {
    path: `${path}?canary=${canary(`${place}-query`)}`,
    headers: seen(place),
    body: { note: canary(`${place}-body`), sql: `SELECT '${canary(`${place}-sql`)}'` },
  };
};

// A caller's token has an address in it, and its signature is a secret of its own.
const token = await stack.idp.token('reporting-agent', 'api', { email: canary('claim'), name: canary('claim-name') });
const approver = await stack.idp.token('bob', 'approvals', { name: canary('approver-name') });
const secrets = [token, approver].map((jwt) => jwt.split('.')[2] ?? '');
const admin = { socketPath: join(stack.folder, 'run', 'admin.sock') };
const decide = (id: string, verdict: string, body: object) =>
  send(admin, { path: `/api/v1/holds/${id}/${verdict}`, token: approver, body });

t.test('every outcome of an exchange, with canaries in all that can be said', async (t) => {
  const through = async (path: string, status: number) =>
    t.equal((await stack.request({ ...ask(path), token })).status, status, path);
  await through('/open/a', 200);
  await through('/open/500', 500);
  await through('/masked/a', 200);
  await through('/masked/html', 502);
  const cut = await stack.request({ ...ask('/masked/broken'), token });
  t.notOk(cut.complete, 'JSON that ends in the middle is cut');
  t.same(found(cut.body), []);
  await through('/none', 403);
  await through('/shown/sql', 403);
  for (const odd of ['odd', 'masks', 'holds']) await through(`/${odd}`, 403);
  await through('/undecided/a', 502);
  for (const path of ['/ticket/approved', '/ticket/rejected', '/ticket/pending', '/ticket/sql'])
    await through(path, 403);
  await stack.request({ ...ask('/open/cut'), token }).catch(() => {});
  await stack.request({ ...ask('/masked/cut'), token }).catch(() => {});
  const bad = `${token.slice(0, -4)}AAAA`;
  t.equal((await stack.request({ ...ask('/open/token'), token: bad })).status, 401);
  const basic = { authorization: `Basic ${Buffer.from(canary('basic')).toString('base64')}` };
  t.equal((await stack.request({ path: '/held/basic', headers: basic, body: { a: 1 } }, null)).status, 403);
  const broken = { ...ask('/open/json'), token, body: `{"${canary('broken-json')}` };
  t.equal((await stack.request(broken)).status, 403);
  const packed = { ...broken, headers: { 'content-encoding': canary('encoding') } };
  t.equal((await stack.request(packed)).status, 403);
  const caller = { ...ask('/open/caller'), token, headers: { 'x-caller': canary('caller') } };
  t.equal((await stack.request(caller)).status, 403, 'two identities that disagree');
  const slow = await openResponse(stack, ask('/open/slow').path);
  await once(slow, 'data');
  slow.destroy();
});

t.test('what approvers say, and what they may not', async (t) => {
  const holds = await pendingHolds(stack);
  t.equal(holds.length, 4);
  const [first, second] = holds;
  if (first === undefined || second === undefined) throw new Error('not held');
  const shown = ({ digest, version }: typeof first) => ({ digest, version });
  t.equal((await decide(first.id, 'approve', { ...shown(first), reason: canary('approve-reason') })).status, 200);
  t.equal((await decide(second.id, 'reject', { ...shown(second), reason: canary('reject-reason') })).status, 200);
  t.equal((await stack.request({ ...ask('/ticket/approved'), token })).status, 200);
  t.match(problemOf(await stack.request({ ...ask('/ticket/rejected'), token })), { state: 'rejected' });
  t.equal((await decide(first.id, 'approve', { ...shown(first), [canary('api-key')]: 1 })).status, 400);
  t.equal((await send(admin, { path: `/api/v1/holds/${canary('api-path')}`, token: approver })).status, 404);
  t.equal((await send(admin, { path: '/api/v1/holds', token: canary('api-token') })).status, 401);
});

t.test('what Envoy would never send', async (t) => {
  const odd = { method: canary('check-method'), path: `/${'x'.repeat(10)}?${canary('check-query')}`, host: 'h' };
  const answer = await checkDirectly(stack, { ...odd, id: '' });
  t.notOk(answer.okResponse);
});

/** Where the canaries may be: stores whose values an erasure overwrites, or deletes with their key. */
const erasable = [/^holds\.db/, /^openings\.db/];

/** All forms in which a text may have been kept: as it is, percent-encoded, and in base64 at each alignment. */
function forms(text: string): readonly string[] {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [text, encodeURIComponent(text), ...base64];
}

const wanted = [nest, 'canary.example', '078-05-1120', ...secrets].flatMap(forms);

/** The canaries in some bytes, by the places that they were put in. */
function found(bytes: Buffer): readonly string[] {
  const text = bytes.toString('latin1');
  const hits = wanted.filter((form) => text.includes(form));
  return hits.length === 0 ? [] : [...[...places].filter((place) => text.includes(`${place}.ada`)), ...hits];
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((file) => file.isFile()).map((file) => relative(folder, join(file.parentPath, file.name)));
}

t.test('invariant 7: no canary is in the log lines, at the finest level', async (t) => {
  const log = await readFile(stack.plugin().log);
  t.ok(log.length > 0);
  t.same(found(log), []);
});

t.test('invariant 7: no canary is in the metrics, or in the health', async (t) => {
  const { body } = await stack.admin('plugin', '/metrics');
  t.match(body.toString(), /countersign_failures_total\{code="/);
  t.same(found(body), []);
  t.same(found((await stack.admin('plugin', '/healthz')).body), []);
});

t.test("invariant 7: no canary is in an entry, nor in the quick start's access log", async (t) => {
  const entries = await entriesOf(stack.log);
  t.ok(entries.length > 40);
  for (const entry of entries) t.same(found(Buffer.from(JSON.stringify(entry))), [], `${entry.seq} ${entry.kind}`);
  t.same(found(await readFile(join(stack.folder, 'access.log'))), []);
});

t.test('invariant 7: no canary is in a file of the state folder, the erasable stores excepted', async (t) => {
  const state = join(stack.folder, 'state');
  const files = await filesIn(state);
  const kept: string[] = [];
  for (const file of files) {
    const hits = found(await readFile(join(state, file)));
    if (erasable.some((store) => store.test(file))) kept.push(...hits);
    else t.same(hits, [], file);
  }
  t.ok(
    files.some((file) => file.startsWith('recordings')),
    'there are recordings, which are encrypted',
  );
  t.ok(kept.includes('ticket-pending-body'), 'a pending hold shows its approvers what they approve');
  t.notOk(
    kept.some((hit) => secrets.includes(hit)),
    'no token is in any store',
  );
});

t.test('the log of all this verifies', async (t) => {
  t.same(await findingsOf(stack.log), []);
});
