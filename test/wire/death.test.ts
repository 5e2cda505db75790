/** Countersign dies by `kill -9`: nothing unmasked leaves, nothing that left is missing in the log, holds go on. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { openResponse, readOut } from './fixture/caller.ts';
import { entriesOf, findingsOf, trailIn } from './fixture/entries.ts';
import { decide, holdNow, pendingHolds, theHold } from './fixture/people.ts';
import { wirePolicy } from './fixture/policy.ts';
import { customer, shown } from './fixture/secrets.ts';
import { startStack } from './fixture/stack.ts';

/** The response that the next request to `/masked/by-hand` gets, unanswered, in the test's hands. */
let byHand = Promise.withResolvers<ServerResponse>();

const stack = await startStack(t, {
  policy: await wirePolicy(t),
  respond({ path }, response) {
    if (path.startsWith('/masked/by-hand')) byHand.resolve(response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(customer);
    return true;
  },
});

t.test('a hold outlives it, and the caller who waits gets the answer after approval', async (t) => {
  const waiting = stack.request({ path: '/held/delete', body: { id: 1 } });
  const hold = await theHold(stack);
  await stack.killPlugin();
  await stack.startPlugin();
  t.match(await theHold(stack), { id: hold.id, state: 'pending' }, 'the same hold, still pending');
  t.equal((await decide(stack, hold)).status, 200);
  const { status, complete, body } = await waiting;
  t.equal(status, 200);
  t.ok(complete);
  t.same(shown(body), []);
  t.equal(stack.arrivals.filter(({ path }) => path === '/held/delete').length, 1, 'executed once');
  t.equal((await holdNow(stack, hold)).state, 'consumed');
});

t.test('an approval given before it dies is not lost', async (t) => {
  const hangUp = new AbortController();
  const first = stack.request({ path: '/held/later', body: { id: 2 }, signal: hangUp.signal });
  first.catch(() => {});
  const hold = await theHold(stack);
  const approved = decide(stack, hold);
  t.equal((await approved).status, 200);
  await stack.killPlugin();
  await stack.startPlugin();
  const { status } = await first;
  t.equal(status, 200);
  t.equal(stack.arrivals.filter(({ path }) => path === '/held/later').length, 1, 'executed once');
});

t.test('in mid-body of a masked response the caller is cut off, with not one unmasked byte', async (t) => {
  byHand = Promise.withResolvers();
  const opening = openResponse(stack, '/masked/by-hand/body');
  const upstream = await byHand.promise;
  upstream.writeHead(200, { 'content-type': 'application/json' }).write(`[${customer},`);
  const response = await opening;
  await once(response, 'readable');
  const reading = readOut(response);
  await stack.killPlugin();
  upstream.end(`${customer}]`);
  const { body, complete } = await reading;
  t.ok(body.length > 0, 'the first part came');
  t.notOk(complete, 'the caller sees that it was cut');
  t.same(shown(body), []);
  await stack.startPlugin();
});

t.test('before the headers of the response the caller gets 503', async (t) => {
  byHand = Promise.withResolvers();
  const asking = stack.request({ path: '/masked/by-hand/head' });
  const upstream = await byHand.promise;
  await stack.killPlugin();
  upstream.writeHead(200, { 'content-type': 'application/json' }).end(customer);
  const { status, body } = await asking;
  t.equal(status, 503);
  t.same(shown(body), []);
  await stack.startPlugin();
});

/** What a caller got: nothing at all when it was refused, reset or given up. */
interface Got {
  readonly path: string;
  readonly status: number;
  readonly complete: boolean;
  readonly body: Buffer;
}

const paths = ['/masked/load', '/plain/load', '/masked/load', '/denied/load'] as const;
let serial = 0;

/** Asks one after another, each at a path of its own, until it is stopped; what is unanswered then is given up. */
async function load(stop: AbortSignal, got: Got[], held: boolean): Promise<void> {
  while (!stop.aborted) {
    serial += 1;
    const path = held ? `/held/load/${serial}` : `${paths[serial % paths.length]}/${serial}`;
    const exchange = await stack
      .request({ path, signal: stop, ...(held ? { body: { serial } } : {}) })
      .catch(() => null);
    if (exchange !== null) got.push({ path, ...exchange });
  }
}

/** Approves whatever is pending. That Countersign is dead at times is what is tried here. */
async function approve(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    for (const hold of await pendingHolds(stack).catch(() => [])) await decide(stack, hold).catch(() => {});
    await pause(5);
  }
}

/** What is wrong after a death: in the log, with answers that it does not know, with requests that it did not allow. */
async function wrongs(got: readonly Got[], arrived: readonly string[]): Promise<readonly string[]> {
  const entries = await entriesOf(stack.log);
  const wrong = [...(await findingsOf(stack.log))];
  for (const { path, status, complete, body } of got) {
    if (!path.startsWith('/plain') && shown(body).length > 0) wrong.push(`${path}: unmasked`);
    if (status === 200 && complete && trailIn(entries, path).responses.length !== 1)
      wrong.push(`${path}: answered without its entry`);
  }
  for (const path of arrived)
    if (!trailIn(entries, path).decisions.some(({ verdict }) => verdict === 'allow'))
      wrong.push(`${path}: at the upstream without a durable allow`);
  for (const path of new Set(arrived))
    if (arrived.indexOf(path) !== arrived.lastIndexOf(path)) wrong.push(`${path}: executed twice`);
  return wrong;
}

/** Rounds at most, and the milliseconds after which no further one begins. */
const rounds = 25;
const budget = 35_000;

t.test('at random moments under load: the log opens and verifies, with an entry for every answer', async (t) => {
  const started = performance.now();
  let answered = 0;
  let round = 0;
  for (; round < rounds && performance.now() - started < budget; round++) {
    const got: Got[] = [];
    const before = stack.arrivals.length;
    const stop = new AbortController();
    const busy = [false, false, false, true].map((held) => load(stop.signal, got, held));
    const moment = 30 + Math.random() * 400;
    busy.push(approve(stop.signal));
    await pause(moment);
    await stack.killPlugin();
    stop.abort();
    await Promise.all(busy);
    await stack.startPlugin();
    const arrived = stack.arrivals.slice(before).map(({ path }) => path);
    t.same(await wrongs(got, arrived), [], `killed after ${moment.toFixed(0)} ms`);
    answered += got.filter(({ status, complete }) => status === 200 && complete).length;
  }
  t.ok(answered > round, `${round} rounds, ${answered} complete answers, each entered`);
});
