/** What the quick start promises, as a caller and as approvers see it. */
import { copyFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { approvals, nextHold } from '../../examples/quickstart/approvers.ts';
import { http2Get, rawBytes } from './fixture/caller.ts';
import { entriesOfKind, trailOf } from './fixture/entries.ts';
import { startStack } from './fixture/stack.ts';

/** Of the quick start's customers: no part of these may be in what a caller gets. */
const secrets = ['078-05', '219-09', '457-55', 'ada@example', 'grace@example', 'alan@example', 'scrypt$', 'password'];

const stack = await startStack(t);
const key = join(stack.folder, 'auditor.pub');
await copyFile(join(stack.log, 'key.pub'), key);

const remove = (id: number) => `DELETE FROM customers WHERE id = ${id}`;
const sql = (text: string) => stack.request({ path: '/sql', body: { sql: text } });
const executions = (text: string) => stack.upstream.stats().executed.filter((one) => one === text).length;
const found = (bytes: Buffer) => secrets.filter((secret) => bytes.includes(secret));

t.test('an allowed read arrives masked: no byte on the wire tells what policy hides', async (t) => {
  const raw = await rawBytes(stack, '/customers');
  t.match(raw.toString('latin1'), /^HTTP\/1\.1 200 /);
  t.same(found(raw), []);
  const { customers } = JSON.parse((await stack.request({ path: '/customers' })).body.toString('utf8'));
  t.equal(customers.length, 3);
  t.match(customers[0], { id: 1, name: 'Ada Lovelace', ssn: '***-**-1120', plan: 'pro' });
  t.notOk('password_hash' in customers[0]);
  t.same(found((await http2Get(stack, '/customers/1')).body), []);
  const selected = await sql('SELECT id, ssn, email, password_hash FROM customers');
  t.equal(selected.status, 200);
  t.same(found(selected.body), []);
});

t.test('the entry of a masked response counts what was masked', async (t) => {
  const { decisions, responses } = await trailOf(stack.log, '/customers/1');
  t.match(decisions, [{ verdict: 'allow', rule: 'customers/read' }]);
  t.match(responses, [{ status: 200, outcome: 'complete' }]);
  t.same(
    responses[0]?.masks.map(({ count }) => count),
    [1, 1, 1],
  );
});

const refused = [
  'DROP TABLE customers',
  'SELECT 1; /* /* */ DROP TABLE customers; -- */',
  'SELECT ssn AS x FROM customers',
];
for (const text of refused)
  t.test(`${text} never reaches the database`, async (t) => {
    const before = stack.upstream.stats().requests;
    const { status, headers } = await sql(text);
    t.equal(status, 403);
    t.equal(headers['content-type'], 'application/problem+json');
    t.equal(stack.upstream.stats().requests, before);
    t.equal(stack.upstream.stats().customers, 3);
  });

t.test('a caller without a token is refused', async (t) => {
  const { status } = await stack.request({ path: '/customers' }, null);
  t.equal(status, 403);
});

let used = '';

t.test('a DELETE waits, is approved by another person, and is executed once', async (t) => {
  const waiting = stack.request({ path: '/sql', body: { sql: remove(2) } });
  const { id } = await nextHold(stack, 'bob');
  used = id;
  t.equal(executions(remove(2)), 0);
  const { code, stderr } = await approvals(stack, 'bob', ['approve', id]);
  t.equal(code, 0, stderr);
  const { status, complete } = await waiting;
  t.equal(status, 200);
  t.ok(complete);
  t.equal(executions(remove(2)), 1);
  const transitions = (await entriesOfKind(stack.log, 'hold')).filter(({ hold }) => hold === id);
  t.same(
    transitions.map(({ transition }) => transition),
    ['opened', 'approved', 'consumed'],
  );
});

t.test('requester, owner and strangers cannot approve', async (t) => {
  const waiting = stack.request({ path: '/sql', body: { sql: remove(3) } });
  const { id } = await nextHold(stack, 'bob');
  for (const who of ['reporting-agent', 'alice', 'carol'] as const)
    t.not((await approvals(stack, who, ['approve', id])).code, 0, who);
  t.equal(executions(remove(3)), 0);
  t.equal((await approvals(stack, 'bob', ['reject', id, '--reason', 'not this one'])).code, 0);
  t.equal((await waiting).status, 403);
  t.equal(executions(remove(3)), 0);
});

t.test('a used approval is no good a second time', async (t) => {
  t.not((await approvals(stack, 'bob', ['approve', used])).code, 0);
  const hangUp = new AbortController();
  const waiting = stack.request({ path: '/sql', body: { sql: remove(2) }, signal: hangUp.signal });
  waiting.catch(() => {});
  const { id } = await nextHold(stack, 'bob');
  t.not(id, used, 'the same request is a hold of its own');
  hangUp.abort();
  await t.rejects(waiting);
  t.equal(executions(remove(2)), 1);
});

t.test('the log verifies, and one flipped bit in a copy is found', async (t) => {
  const whole = await stack.cli(['audit', 'verify', stack.log, '--key', key]);
  t.equal(whole.code, 0, whole.stdout + whole.stderr);
  t.match(whole.stdout, /\b0 without\b/);
  const copy = join(stack.folder, 'copy');
  await cp(stack.log, copy, { recursive: true });
  const [name = ''] = await readdir(join(copy, 'segments'));
  const file = join(copy, 'segments', name);
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const changed = await stack.cli(['audit', 'verify', copy, '--key', key]);
  t.equal(changed.code, 2, changed.stdout + changed.stderr);
});
