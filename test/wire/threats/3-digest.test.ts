/** Threat 3: what is outside the approved digest passes. */
import t from 'tap';
import type { Ask } from '../../../examples/quickstart/client.ts';
import type { Member } from '../../../examples/quickstart/idp.ts';
import { decide, holdNow, pendingHolds } from '../fixture/people.ts';
import { startStack } from '../fixture/stack.ts';
import { problemOf, threatPolicy } from '../fixture/threats.ts';

const stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"executed":true}');
    return true;
  },
});

const approved: Ask = { path: '/ticket/act?on=7', headers: { 'x-mode': 'a' }, body: { act: 1 } };
const first = problemOf(await stack.request(approved));
const [hold] = await pendingHolds(stack);
if (hold === undefined) throw new Error('the request was not held');
await decide(stack, hold);

/** The approved request with one part changed, each. */
const changed: readonly (readonly [what: string, change: Partial<Ask>, who?: Member])[] = [
  ['Impersonate-User', { headers: { ...approved.headers, 'impersonate-user': 'root' } }],
  ['X-HTTP-Method-Override', { headers: { ...approved.headers, 'x-http-method-override': 'DELETE' } }],
  ['another content type', { headers: { ...approved.headers, 'content-type': 'application/x-www-form-urlencoded' } }],
  ['another value of a header', { headers: { 'x-mode': 'b' } }],
  ['a header more than once', { headers: { 'x-mode': ['a', 'a'] } }],
  ['a header less', { headers: {} }],
  ['a cookie', { headers: { ...approved.headers, cookie: 'session=other' } }],
  ['another host', { headers: { ...approved.headers, host: 'elsewhere' } }],
  ['another query', { path: '/ticket/act?on=8' }],
  ['a query more', { path: '/ticket/act?on=7&on=8' }],
  ['a slash at the end of the path', { path: '/ticket/act/?on=7' }],
  ['another path', { path: '/ticket/act2?on=7' }],
  ['another method', { method: 'PUT' }],
  ['another body', { body: { act: 2 } }],
  ['the same JSON in other bytes', { body: '{"act": 1}' }],
  ['no body', { body: undefined, method: 'POST' }],
  ['another principal', {}, 'carol'],
];

for (const [what, change, who] of changed)
  t.test(`threat 3: approved, then sent with ${what}: held anew, not admitted`, async (t) => {
    const answer = await stack.request({ ...approved, ...change }, who);
    t.equal(answer.status, 403);
    const { state, hold: id } = problemOf(answer);
    t.equal(state, 'pending');
    t.not(id, first.hold, 'it is a hold of its own');
    t.equal(stack.arrivals.length, 0);
  });

t.test('threat 3: what was approved, sent as it was, is admitted once', async (t) => {
  t.equal((await holdNow(stack, hold)).state, 'approved');
  t.equal((await stack.request(approved)).status, 200);
  t.equal(stack.arrivals.length, 1);
  t.equal((await stack.request(approved)).status, 403, 'a second time asks anew');
  t.equal(stack.arrivals.length, 1);
});
