/** A store that is locked, full or edited, through the real Envoy: nothing goes on, nothing false is signed. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { entriesOfKind, findingsOf } from '../fixture/entries.ts';
import { bob, holdStack, json, verdict } from '../fixture/holds.ts';
import { problemOf } from '../fixture/threats.ts';

const stack = await holdStack(t);
const file = join(stack.folder, 'state', 'holds.db');
const ask = (path: string) => stack.request({ path, body: { act: path } });

t.test('a locked store refuses in time, and serves again', async (t) => {
  const { hold } = json<{ hold: string }>(await ask('/one/locked'));
  await verdict(stack, hold, bob);
  const db = new DatabaseSync(file);
  db.exec('BEGIN EXCLUSIVE');
  const refused = await ask('/one/locked');
  t.equal(refused.status, 503);
  t.match(problemOf(refused), { type: /unavailable$/ });
  t.equal(stack.arrivals.length, 0);
  db.exec('ROLLBACK');
  db.close();
  t.equal((await ask('/one/locked')).status, 200);
});

t.test('an event that somebody wrote into the outbox is reported, and never entered', async (t) => {
  const { hold } = json<{ hold: string }>(await ask('/one/outbox'));
  await stack.killPlugin();
  const db = new DatabaseSync(file);
  const event = {
    kind: 'hold',
    exchange: '01890a5d-ac96-774b-bcce-b302099a8057',
    principal: { id: 'x', issuer: 'x', groups: [], actors: [] },
    policyDigest: 'ef'.repeat(32),
    body: { hold, version: 2, transition: 'rejected' },
    committed: {},
  };
  db.prepare('INSERT INTO outbox (hold, version, event, seal) VALUES (?, 2, ?, ?)').run(
    ...[hold, JSON.stringify(event), 'ab'.repeat(32)],
  );
  db.prepare('INSERT INTO outbox (hold, version, event) VALUES (?, 3, ?)').run(hold, 'no JSON');
  db.close();
  await stack.startPlugin();
  const own = (await entriesOfKind(stack.log, 'hold')).filter((entry) => entry.hold === hold);
  t.same(
    own.map(({ transition }) => transition),
    ['opened'],
  );
  t.equal((await entriesOfKind(stack.log, 'deviation')).filter((entry) => entry.hold === hold).length, 2);
  await verdict(stack, hold, bob, 'reject');
});

t.test('a closed hold is forgotten but for its steps', async (t) => {
  const path = '/one/canary-in-the-path';
  const { hold } = json<{ hold: string }>(await ask(path));
  await verdict(stack, hold, bob);
  t.equal((await ask(path)).status, 200);
  const db = new DatabaseSync(file);
  const { record } = db.prepare('SELECT record FROM holds WHERE id = ?').get(hold) as { record: string };
  t.notMatch(record, /canary/, 'no text');
  db.prepare('UPDATE holds SET forget_at = 1 WHERE id = ?').run(hold);
  db.close();
  await stack.plugin().stop();
  await stack.startPlugin();
  const after = new DatabaseSync(file, { readOnly: true });
  const row = after.prepare('SELECT key, record FROM holds WHERE id = ?').get(hold) as { key: string; record: string };
  after.close();
  t.equal(row.key, '');
  t.notMatch(row.record, /reporting-agent|bob|idp\.example/, 'nobody');
  t.match(JSON.parse(row.record), { id: hold, state: 'consumed', digest: '', rule: 'holds/one' });
});

t.test('the log verifies', async (t) => t.same(await findingsOf(stack.log), []));
