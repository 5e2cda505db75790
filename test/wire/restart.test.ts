/** Envoy goes away, or Countersign is asked to: what is in flight ends in order, and what follows is served. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import t from 'tap';
import { openResponse, readOut } from './fixture/caller.ts';
import { findingsOf, trailOf, untilEntered } from './fixture/entries.ts';
import { decide, holdNow, theHold, untilPending } from './fixture/people.ts';
import { wirePolicy } from './fixture/policy.ts';
import { customer, shown } from './fixture/secrets.ts';
import { startStack } from './fixture/stack.ts';

/** The response that the next request to a path with `by-hand` gets, in the test's hands. */
let byHand = Promise.withResolvers<ServerResponse>();

const stack = await startStack(t, {
  policy: await wirePolicy(t),
  respond({ path }, response) {
    if (path.includes('by-hand')) byHand.resolve(response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(customer);
    return true;
  },
});

/** A masked response whose first part has reached the caller. */
async function halfWay(path: string) {
  byHand = Promise.withResolvers();
  const opening = openResponse(stack, path);
  const upstream = await byHand.promise;
  upstream.writeHead(200, { 'content-type': 'application/json' }).write(`[${customer},`);
  const response = await opening;
  await once(response, 'readable');
  return { upstream, reading: readOut(response) };
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  t.test(`Envoy ended by ${signal} with traffic and a hold: holds are withdrawn, a new Envoy is served`, async (t) => {
    const asking = stack.request({ path: `/held/${signal}`, body: {} });
    const lost = asking.then(
      ({ status }) => status,
      () => 'cut',
    );
    const hold = await theHold(stack);
    const path = `/masked/by-hand/${signal}`;
    const { upstream, reading } = await halfWay(path);
    await stack.envoy().stop(signal);
    upstream.end(`${customer}]`);
    t.not(await lost, 200, 'the caller who waited got no answer');
    const cut = await reading;
    t.notOk(cut.complete);
    t.same(shown(cut.body), []);
    await untilPending(stack, 0);
    t.equal((await holdNow(stack, hold)).state, 'withdrawn');
    t.match(await untilEntered(stack, path), { outcome: /^(aborted|cut)$/ }, 'the cut response is entered as such');

    await stack.startEnvoy();
    const { status, body } = await stack.request({ path: '/masked/again' });
    t.equal(status, 200);
    t.same(shown(body), []);
    const again = stack.request({ path: `/held/${signal}`, body: {} });
    t.equal((await decide(stack, await theHold(stack))).status, 200);
    t.equal((await again).status, 200, 'the request held before is held anew, and admitted');
    t.equal(stack.arrivals.filter((arrival) => arrival.path === `/held/${signal}`).length, 1);
  });

t.test(
  'Countersign ended by SIGTERM: a masked response in flight is completed, a held caller is not lost',
  async (t) => {
    const { upstream, reading } = await halfWay('/masked/by-hand/drain');
    const held = stack.request({ path: '/held/drain', body: {} });
    await theHold(stack);
    const stopping = stack.plugin().stop('SIGTERM', 30_000);
    // The held caller has the ticket: the drain has begun.
    const ticket = await held;
    t.equal(ticket.status, 403);
    t.match(JSON.parse(ticket.body.toString('utf8')), { state: 'pending', hold: /^h_/ });
    upstream.end(`${customer}]`);
    const { complete, body, status } = await reading;
    t.ok(complete, 'to its end');
    t.equal(status, 200);
    t.same(shown(body), []);
    t.equal(JSON.parse(body.toString('utf8')).length, 2);
    t.same(await stopping, { code: 0, signal: null });
    const { responses } = await trailOf(stack.log, '/masked/by-hand/drain');
    t.match(responses, [{ outcome: 'complete' }]);

    await stack.startPlugin();
    const hold = await theHold(stack);
    t.equal((await decide(stack, hold)).status, 200, 'the hold is still there');
    t.equal((await stack.request({ path: '/held/drain', body: {} })).status, 200);
    t.same(await findingsOf(stack.log), []);
  },
);
