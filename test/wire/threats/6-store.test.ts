/** Threat 6: a local agent runs the command line, or edits the store. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { approvals } from '../../../examples/quickstart/approvers.ts';
import { send } from '../../../examples/quickstart/client.ts';
import { entriesOfKind, findingsOf } from '../fixture/entries.ts';
import { decide, pendingHolds, type Shown } from '../fixture/people.ts';
import { startStack } from '../fixture/stack.ts';
import { problemOf, threatPolicy } from '../fixture/threats.ts';

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"executed":true}');
    return true;
  },
});
const store = join(stack.folder, 'state', 'holds.db');

/** A row of the store, as whoever may write the file sees it. */
interface Row {
  readonly id: string;
  readonly key: string;
  readonly record: string;
}

/** Writes to the store beside the running service. */
function edit<T>(change: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(store, { timeout: 5_000 });
  try {
    return change(db);
  } finally {
    db.close();
  }
}

const rowOf = (db: DatabaseSync, id: string) =>
  db.prepare('SELECT id, key, record FROM holds WHERE id = ?').get(id) as unknown as Row;

/** Puts `record` and `state` in the place of a hold's own; the version goes up, as a transition's would. */
function overwrite(db: DatabaseSync, id: string, record: { readonly state: string; readonly version: number }): void {
  const columns = 'state = ?, version = ?, live = ?, record = ?';
  const live = record.state === 'pending' || record.state === 'approved' ? 1 : 0;
  db.prepare(`UPDATE holds SET ${columns} WHERE id = ?`).run(
    record.state,
    record.version,
    live,
    JSON.stringify(record),
    id,
  );
}

/** The hold as bob's yes would have made it. */
function forged(row: Row) {
  const hold = JSON.parse(row.record);
  const approver = { id: 'bob', issuer: 'https://idp.example.com', person: 'bob@example.com' };
  const approval = { version: 2, approver, groups: ['dba'], group: 'dba', reason: null, at: Date.now() };
  return { ...hold, state: 'approved', version: 2, approvals: [approval], validUntil: Date.now() + 600_000 };
}

/** Sends the request, which gets a ticket, and gives its hold. */
async function held(path: string): Promise<Shown> {
  const { hold } = problemOf(await stack.request({ path, body: { act: path } }));
  const found = (await pendingHolds(stack)).find(({ id }) => id === hold);
  if (found === undefined) throw new Error('the request was not held');
  return found;
}

const deviations = async () => (await entriesOfKind(stack.log, 'deviation')).map(({ what, hold }) => ({ what, hold }));

/** What is written into the store, and whether somebody really approved before. */
const edits: Readonly<Record<string, (db: DatabaseSync, hold: Shown) => void>> = {
  'a state set to approved': (db, { id }) => {
    db.prepare(
      "UPDATE holds SET state = 'approved', record = json_set(record, '$.state', 'approved') WHERE id = ?",
    ).run(id);
  },
  'an approval without an entry': (db, { id }) => overwrite(db, id, forged(rowOf(db, id))),
  'an approval with the entry of its own opening': (db, { id }) => {
    overwrite(db, id, forged(rowOf(db, id)));
    db.prepare(
      'INSERT INTO outbox (hold, version, event, receipt) SELECT hold, 2, NULL, receipt FROM outbox WHERE hold = ? AND version = 1',
    ).run(id);
  },
  'an approval with the entry of an approval of another hold': (db, { id }) => {
    overwrite(db, id, forged(rowOf(db, id)));
    db.prepare(
      'INSERT INTO outbox (hold, version, event, receipt) SELECT ?, 2, NULL, receipt FROM outbox WHERE hold = ? AND version = 2',
    ).run(id, genuine.id);
  },
  'requirements that nobody needs to meet': (db, { id }) => {
    const hold = JSON.parse(rowOf(db, id).record);
    overwrite(db, id, { ...hold, state: 'approved', version: 2, spec: { ...hold.spec, anyOf: [[]] } });
  },
};

// An approval that is real, of a request that nobody sends again: its entry is what a forger would point to.
const genuine = await held('/ticket/genuine');
await decide(stack, genuine);

for (const [name, change] of Object.entries(edits))
  t.test(`threat 6: ${name} in the store: refused and reported`, async (t) => {
    const path = `/ticket/${name.replaceAll(' ', '-')}`;
    const hold = await held(path);
    edit((db) => change(db, hold));
    const answer = await stack.request({ path, body: { act: path } });
    t.equal(answer.status, 403);
    t.match(problemOf(answer), { type: /hold-state$/, detail: /does not bear out/ });
    t.equal(stack.arrivals.length, 0, 'nothing was executed');
    t.same((await deviations()).at(-1), { what: 'hold without evidence', hold: hold.id });
  });

t.test('threat 6: an approval moved to another request: refused and reported', async (t) => {
  const wanted = await held('/ticket/wanted');
  edit((db) => {
    const row = rowOf(db, wanted.id);
    const record = JSON.stringify({ ...JSON.parse(rowOf(db, genuine.id).record), digest: wanted.digest });
    db.prepare('DELETE FROM holds WHERE id = ?').run(wanted.id);
    db.prepare('UPDATE holds SET key = ?, record = ? WHERE id = ?').run(row.key, record, genuine.id);
  });
  const answer = await stack.request({ path: '/ticket/wanted', body: { act: '/ticket/wanted' } });
  t.match(problemOf(answer), { type: /hold-state$/, detail: /does not bear out/ });
  t.equal(stack.arrivals.length, 0);
  t.same((await deviations()).at(-1), { what: 'hold without evidence', hold: genuine.id });
});

t.test('threat 6: a used approval set back to unused: refused and reported', async (t) => {
  const path = '/ticket/used';
  const hold = await held(path);
  await decide(stack, hold);
  const unused = edit((db) => rowOf(db, hold.id).record);
  t.equal((await stack.request({ path, body: { act: path } })).status, 200);
  const executed = stack.arrivals.length;
  edit((db) => overwrite(db, hold.id, JSON.parse(unused)));
  const answer = await stack.request({ path, body: { act: path } });
  t.match(problemOf(answer), { type: /hold-state$/ });
  t.equal(stack.arrivals.length, executed);
  t.same((await deviations()).at(-1), { what: 'hold without evidence', hold: hold.id });
});

t.test('threat 6: a used approval set back while the service was down: refused and reported', async (t) => {
  const path = '/ticket/restarted';
  const hold = await held(path);
  await decide(stack, hold);
  const unused = edit((db) => rowOf(db, hold.id).record);
  t.equal((await stack.request({ path, body: { act: path } })).status, 200);
  const executed = stack.arrivals.length;
  await stack.killPlugin();
  edit((db) => {
    overwrite(db, hold.id, JSON.parse(unused));
    db.prepare('DELETE FROM outbox WHERE hold = ? AND version > 2').run(hold.id);
  });
  await stack.startPlugin();
  const answer = await stack.request({ path, body: { act: path } });
  t.match(problemOf(answer), { type: /hold-state$/ });
  t.equal(stack.arrivals.length, executed);
  t.same((await deviations()).at(-1), { what: 'hold without evidence', hold: hold.id });
});

t.test('threat 6: nobody approves by saying who they are', async (t) => {
  const path = '/ticket/said';
  const { id, digest, version } = await held(path);
  const socketPath = join(stack.folder, 'run', 'admin.sock');
  const post = (body: object, token?: string, headers = {}) =>
    send({ socketPath }, { path: `/api/v1/holds/${id}/approve`, body, headers, ...(token ? { token } : {}) });
  const shown = { digest, version };
  t.equal((await post(shown)).status, 401, 'without a token');
  t.equal((await post(shown, undefined, { authorization: 'Basic Ym9iOmJvYg==' })).status, 401, 'with a password');
  t.equal(
    (await post({ ...shown, approver: 'bob' }, await stack.idp.token('reporting-agent', 'approvals'))).status,
    400,
  );
  const foreign = await stack.idp.token('bob', 'api');
  t.equal((await post(shown, foreign)).status, 401, 'a token that is meant for the API');
  const unsigned = `${(await stack.idp.token('bob', 'approvals')).split('.').slice(0, 2).join('.')}.`;
  t.equal((await post(shown, unsigned)).status, 401, 'a token that nobody signed');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  t.equal((await post(shown, `${none}.${unsigned.split('.')[1]}.`)).status, 401, 'a token that says alg none');
  t.equal((await post(shown, await stack.idp.token('bob', 'approvals', { exp: 1 }))).status, 401, 'an old token');
  const local = await stack.cli(['approvals', 'approve', id, '-c', stack.config]);
  t.equal(local.code, 64, 'the command line without a token, on the machine itself');
  for (const flag of ['--as', '--user', '--approver'])
    t.equal((await approvals(stack, 'reporting-agent', ['approve', id, flag, 'bob'])).code, 64, flag);
  t.ok(
    (await pendingHolds(stack)).some((hold) => hold.id === id),
    'it waits as before',
  );
});

t.test('threat 6: with all of it the log verifies, and counts the uses that were', async (t) => {
  t.same(await findingsOf(stack.log), []);
  const used = (await entriesOfKind(stack.log, 'hold')).filter(({ transition }) => transition === 'consumed');
  t.equal(used.length, stack.arrivals.length);
});
