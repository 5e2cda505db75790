/** Each rule of a hold, as a caller and approvers meet it through the real Envoy. The caller gets tickets and repeats. */
import t from 'tap';
import { entriesOfKind, findingsOf } from '../fixture/entries.ts';
import { asPerson, bob, dave, holdStack, json, max, now, sue, verdict } from '../fixture/holds.ts';
import { problemOf } from '../fixture/threats.ts';

const stack = await holdStack(t, {
  configPatch(config) {
    config.setIn(['holds', 'cooldown'], '1h');
    config.setIn(['holds', 'max_pending_per_principal'], 3);
    config.setIn(['holds', 'console'], 'https://approve.example.com');
  },
});

let serial = 0;
/** A path of that rule that nothing was asked at before. */
const at = (rule: string) => `/${rule}/${++serial}`;
const ask = (path: string, headers: Record<string, string> = {}) =>
  stack.request({ path, body: { act: path }, headers });

/** Asks, and gives the ticket's hold. */
async function ticket(path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await ask(path, headers);
  const { hold } = problemOf(answer);
  if (answer.status !== 403 || hold === undefined) throw new Error(`no ticket: ${answer.status} ${answer.body}`);
  return hold;
}

t.test('a ticket says what is needed, where, until when; approved, the same request goes on once', async (t) => {
  const path = at('both');
  const answer = await ask(path);
  t.match(json(answer), {
    state: 'pending',
    needed: [
      [
        { group: 'dba', count: 1 },
        { group: 'security', count: 1 },
      ],
    ],
    rule: 'holds/both',
    expires: /^\d{4}-/,
    console: /^https:\/\/approve\.example\.com\/holds\/h_/,
  });
  t.equal(answer.headers['content-type'], 'application/problem+json');
  t.equal(answer.headers['retry-after'], '10');
  const id = String(json(answer).hold);
  t.match(await verdict(stack, id, max), { status: 200, state: 'pending' }, 'in two groups: one person, one place');
  t.match(json(await ask(path)).needed, [[{ count: 1 }]], 'the ticket says what is still missing');
  t.match(await verdict(stack, id, max), { status: 409 }, 'the same person again');
  t.match(await verdict(stack, id, bob), { status: 200, state: 'approved' }, 'and the places are shared out anew');
  t.equal((await ask(path)).status, 200);
  t.equal(stack.arrivals.length, 1);
  t.equal((await ask(path)).status, 403, 'once');
});

t.test('one of several lists is enough; two of a group are two people', async (t) => {
  const [any, two] = [at('any'), at('two')];
  const first = await ticket(any);
  await verdict(stack, first, sue);
  t.match(await verdict(stack, first, dave), { state: 'approved' });
  t.equal((await ask(any)).status, 200);
  const second = await ticket(two);
  t.match(await verdict(stack, second, bob), { state: 'pending' });
  t.match(await verdict(stack, second, sue), { status: 403 }, 'of no group that it asks for');
  t.match(await verdict(stack, second, dave), { state: 'approved' });
  t.equal((await ask(two)).status, 200);
});

t.test('a required reason is asked for, shown as the words of the caller, and not sent on', async (t) => {
  const path = at('why');
  const none = await ask(path);
  t.match(problemOf(none), { type: /hold-impossible$/, detail: /countersign-justification/ });
  const words = { 'countersign-justification': 'ticket 4711' };
  const id = await ticket(path, words);
  t.match(await now(stack, id), { justification: 'ticket 4711' });
  await verdict(stack, id, bob);
  t.equal((await ask(path, words)).status, 200);
  t.notOk(stack.arrivals.at(-1)?.rawHeaders.some((name) => /^countersign-/i.test(name)));
});

t.test('windows are of their zone, over midnight too', async (t) => {
  const hour = (ahead: number) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit' }).format(
      Date.now() + ahead * 3_600_000,
    );
  const closed = `/hours/${hour(2)}/${hour(4)}/Asia/Tokyo/closed`;
  const first = await ticket(closed);
  t.match(await verdict(stack, first, bob), { status: 409, code: 'hold_state' });
  t.match(json(await ask(closed)), { hours: /Asia\/Tokyo/ });
  t.match(await verdict(stack, first, bob, 'reject'), { state: 'rejected' }, 'a no is taken at any time');
  const open = `/hours/${hour(-2)}/${hour(-3)}/Asia/Tokyo/open`;
  t.match(await verdict(stack, await ticket(open), bob), { state: 'approved' });
  t.equal((await ask(open)).status, 200);
});

t.test('an approval that nobody used ends', async (t) => {
  const path = at('short');
  const id = await ticket(path);
  await verdict(stack, id, bob);
  const ended = async (): Promise<unknown> => {
    const { state } = await now(stack, id);
    return state === 'approved' ? ended() : state;
  };
  t.equal(await ended(), 'expired');
  const before = stack.arrivals.length;
  t.match(json(await ask(path)), { state: 'pending' }, 'it is asked anew');
  t.equal(stack.arrivals.length, before);
  await verdict(stack, String(json(await ask(path)).hold), bob, 'reject');
});

t.test('headers that the policy leaves out may differ, others may not', async (t) => {
  const path = at('nonce');
  const id = await ticket(path, { 'x-nonce': '1' });
  await verdict(stack, id, bob);
  t.match(json(await ask(path, { 'x-nonce': '2', 'x-other': '1' })), { state: 'pending' }, 'another request');
  t.equal((await ask(path, { 'x-nonce': '2' })).status, 200);
  await verdict(stack, String(json(await ask(path, { 'x-other': '1' })).hold), bob, 'reject');
});

t.test('a rejection is final for the request, and cools its shape down (threat 22)', async (t) => {
  const path = at('one');
  const id = await ticket(path);
  t.match(await verdict(stack, id, bob, 'reject'), { state: 'rejected' });
  t.match(json(await ask(path)), { state: 'rejected', hold: id, detail: 'no' });
  const again = await ask(path, { 'x-session-id': 'another', 'x-anything': '1' });
  t.equal(again.status, 429);
  t.ok(Number(again.headers['retry-after']) > 3_000);
  t.match(problemOf(again), { type: /hold-limit$/, detail: /rejected/ });
});

t.test('an approval is taken back until it is used', async (t) => {
  const path = at('one');
  const id = await ticket(path);
  await verdict(stack, id, bob);
  t.match(await verdict(stack, id, dave, 'withdraw'), { status: 403 }, 'by who gave it only');
  t.match(await verdict(stack, id, bob, 'withdraw'), { state: 'pending' });
  t.match(json(await ask(path)), { state: 'pending', hold: id });
  await verdict(stack, id, bob);
  t.equal((await ask(path)).status, 200);
  t.match(await verdict(stack, id, bob, 'withdraw'), { status: 409 });
});

t.test('what the policy changes after the approval is not what was approved (threat 15)', async (t) => {
  const path = at('changed');
  await verdict(stack, await ticket(path), bob);
  const before = stack.arrivals.length;
  t.match(problemOf(await ask(path)), { type: /hold-state$/, detail: /another way/ });
  t.equal(stack.arrivals.length, before);
});

t.test('authority that ended during the hold is none (threat 23)', async (t) => {
  const path = at('one');
  const id = await ticket(path);
  await verdict(stack, id, bob);
  t.equal((await asPerson(stack, { sub: 'bob', groups: [] }, 'holds')).status, 200, 'bob has left the group');
  const refused = await ask(path);
  t.match(problemOf(refused), { type: /hold-state$/, detail: /no longer in the group/ });
  await asPerson(stack, bob, 'holds');
  t.equal((await ask(path)).status, 200);

  const late = at('wait');
  const exp = Math.floor(Date.now() / 1_000) + 3;
  const token = await stack.idp.token('reporting-agent', 'api', { exp });
  const waiting = stack.request({ path: late, token, body: { act: late } });
  const pending = async (): Promise<string> => {
    const { holds } = json<{ holds: { id: string; rule: string }[] }>(await asPerson(stack, bob, 'holds'));
    return holds.find(({ rule }) => rule === 'holds/wait')?.id ?? pending();
  };
  const held = await pending();
  while (Date.now() <= exp * 1_000) await now(stack, held);
  await verdict(stack, held, bob);
  t.match(problemOf(await waiting), { type: /hold-state$/, detail: /identity of the caller ended/ });
});

t.test('a batch decides on each by itself', async (t) => {
  const paths = [at('one'), at('one')];
  const ids = await Promise.all(paths.map((path) => ticket(path)));
  const holds = await Promise.all(
    ids.map(async (id) => {
      const { digest, version } = await now(stack, id);
      return { id, digest, version };
    }),
  );
  const [first, second] = holds;
  const stale = [first, { ...second, version: 9 }];
  const { results } = json<{ results: object[] }>(
    await asPerson(stack, bob, 'holds/batch', { act: 'approve', holds: stale }),
  );
  t.match(results, [{ hold: { state: 'approved' } }, { code: 'hold_state' }]);
  for (const path of paths) await ask(path);
  await verdict(stack, ids[1] ?? '', bob);
  t.equal((await ask(paths[1] ?? '')).status, 200);
});

t.test('a flood is refused with a time to come back, and the others are not', async (t) => {
  for (;;) {
    const path = at('one');
    const answer = await ask(path);
    if (answer.status !== 429) continue;
    t.match(problemOf(answer), { type: /hold-limit$/ });
    t.equal(answer.headers['retry-after'], '30');
    break;
  }
  const other = await stack.request({ path: '/one/other', body: { act: 1 } }, 'bob');
  t.match(json(other), { state: 'pending' });
});

t.test('every step has its entry, and the log verifies', async (t) => {
  t.same(await findingsOf(stack.log), []);
  const used = (await entriesOfKind(stack.log, 'hold')).filter(({ transition }) => transition === 'consumed');
  t.equal(used.length, stack.arrivals.length);
});
