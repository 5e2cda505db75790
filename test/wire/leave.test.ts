/** The caller leaves a hold, or time does: nobody waits for ever, and what is approved later is used once or never. */
import t from 'tap';
import { until } from '../../examples/quickstart/child.ts';
import { entriesOfKind, trailOf } from './fixture/entries.ts';
import { decide, holdNow, pendingHolds, theHold, untilPending } from './fixture/people.ts';
import { wirePolicy } from './fixture/policy.ts';
import { customer, shown } from './fixture/secrets.ts';
import { startStack } from './fixture/stack.ts';

const stack = await startStack(t, {
  policy: await wirePolicy(t),
  respond(_, response) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(customer);
    return true;
  },
});

const arrived = (path: string) => stack.arrivals.filter((arrival) => arrival.path === path).length;

/** Waits until Envoy has so many Checks under way. */
function checksInFlight(count: number): Promise<true> {
  const gauge = 'cluster.countersign_authz.upstream_rq_active';
  return until(`${count} Checks in flight`, async () => {
    const { body } = await stack.admin('envoy', `/stats?filter=^${gauge}$`);
    return body.toString('utf8').includes(`${gauge}: ${count}\n`) ? true : undefined;
  });
}

t.test('a caller who hangs up withdraws the hold: entered, and no approval counts afterwards', async (t) => {
  const hangUp = new AbortController();
  const asking = stack.request({ path: '/held/left', body: {}, signal: hangUp.signal });
  asking.catch(() => {});
  const hold = await theHold(stack);
  hangUp.abort();
  await t.rejects(asking);
  await untilPending(stack, 0);
  t.equal((await holdNow(stack, hold)).state, 'withdrawn');
  t.equal((await decide(stack, hold)).status, 409, 'there is nothing to approve');
  const transitions = (await entriesOfKind(stack.log, 'hold')).filter(({ hold: id }) => id === hold.id);
  t.same(
    transitions.map(({ transition }) => transition),
    ['opened', 'withdrawn'],
  );
  t.equal((await trailOf(stack.log, '/held/left')).decisions.filter(({ verdict }) => verdict === 'allow').length, 0);
  t.equal(arrived('/held/left'), 0);
});

t.test('of two callers with the same request one may leave: the other waits on', async (t) => {
  const hangUp = new AbortController();
  const leaving = stack.request({ path: '/held/two', body: {}, signal: hangUp.signal });
  leaving.catch(() => {});
  const hold = await theHold(stack);
  const staying = stack.request({ path: '/held/two', body: {} });
  await checksInFlight(2);
  // A third, which is held behind the second, shows that the second has come to the desk.
  const behind = new AbortController();
  const third = stack.request({ path: '/held/behind', body: {}, signal: behind.signal });
  third.catch(() => {});
  await untilPending(stack, 2);
  hangUp.abort();
  await t.rejects(leaving);
  await checksInFlight(2);
  t.equal((await holdNow(stack, hold)).state, 'pending');
  t.equal((await decide(stack, hold)).status, 200);
  t.equal((await staying).status, 200);
  t.equal(arrived('/held/two'), 1);
  behind.abort();
  await untilPending(stack, 0);
});

t.test('a verdict counts, and is entered once, however many look at the hold at that moment', async (t) => {
  for (let round = 0; round < 3; round++) {
    const asking = stack.request({ path: `/held/watched/${round}`, body: {} });
    const hold = await theHold(stack);
    let looking = true;
    const lookers = Array.from({ length: 6 }, async () => {
      while (looking) await holdNow(stack, hold);
    });
    t.equal((await decide(stack, hold)).status, 200);
    t.equal((await asking).status, 200);
    looking = false;
    await Promise.all(lookers);
    const transitions = (await entriesOfKind(stack.log, 'hold')).filter(({ hold: id }) => id === hold.id);
    t.same(
      transitions.map(({ transition }) => transition),
      ['opened', 'approved', 'consumed'],
    );
  }
});

t.test(
  'when the wait runs out the caller gets a ticket; asked again after approval it is admitted, once',
  async (t) => {
    const ask = { path: '/impatient/ticket', body: { id: 7 } };
    const first = await stack.request(ask);
    t.equal(first.status, 403);
    t.equal(first.headers['content-type'], 'application/problem+json');
    t.match(first.headers['retry-after'], /^[0-9]+$/);
    const problem = JSON.parse(first.body.toString('utf8'));
    t.match(problem, { state: 'pending', hold: /^h_/, needed: [[{ group: 'dba', count: 1 }]], status: 403 });
    t.match(problem.type, /hold-pending$/);
    t.ok(Date.parse(problem.expires) > Date.now());

    const [hold] = await pendingHolds(stack);
    t.equal(hold?.id, problem.hold, 'the hold goes on without the caller');
    const second = JSON.parse((await stack.request(ask)).body.toString('utf8'));
    t.equal(second.hold, problem.hold, 'the same request finds its hold again');
    const other = JSON.parse((await stack.request({ ...ask, body: { id: 8 } })).body.toString('utf8'));
    t.not(other.hold, problem.hold, 'another body is another request');

    if (hold === undefined) return;
    t.equal((await decide(stack, hold)).status, 200);
    const admitted = await stack.request(ask);
    t.equal(admitted.status, 200);
    t.same(shown(admitted.body), [], 'masked as every answer');
    t.equal(arrived('/impatient/ticket'), 1);
    const after = await stack.request(ask);
    t.equal(after.status, 403);
    t.not(JSON.parse(after.body.toString('utf8')).hold, problem.hold, 'the next one is a hold of its own');
    t.equal(arrived('/impatient/ticket'), 1, 'executed once');
  },
);

t.test('two that ask at once for one approved hold: one is admitted', async (t) => {
  const ask = { path: '/impatient/race', body: {} };
  const ticket = JSON.parse((await stack.request(ask)).body.toString('utf8'));
  const hold = (await pendingHolds(stack)).find(({ id }) => id === ticket.hold);
  t.ok(hold);
  if (hold === undefined) return;
  t.equal((await decide(stack, hold)).status, 200);
  const statuses = (await Promise.all([1, 2, 3, 4].map(() => stack.request(ask)))).map(({ status }) => status);
  t.same(statuses.toSorted(), [200, 403, 403, 403]);
  t.equal(arrived('/impatient/race'), 1);
});

t.test('a rejection is final: the same request is refused at once', async (t) => {
  const ask = { path: '/impatient/no', body: {} };
  const ticket = JSON.parse((await stack.request(ask)).body.toString('utf8'));
  const hold = (await pendingHolds(stack)).find(({ id }) => id === ticket.hold);
  t.ok(hold);
  if (hold === undefined) return;
  t.equal((await decide(stack, hold, 'reject')).status, 200);
  t.match(JSON.parse((await stack.request(ask)).body.toString('utf8')), { state: 'rejected', hold: hold.id });
  t.equal(arrived('/impatient/no'), 0);
});
