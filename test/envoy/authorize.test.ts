import { randomUUID } from 'node:crypto';
import t from 'tap';
import { authorizeRoute } from '../../plugin/envoy/authorize.ts';
import { openInFlight } from '../../plugin/envoy/inflight.ts';
import { codeOf } from '../../plugin/errors.ts';
import { problemAnswer } from '../../plugin/exchange/answer.ts';
import type { Answer, Exchange } from '../../plugin/exchange.ts';
import type { Request } from '../../plugin/request.ts';
import { openCall } from './call.ts';
import { checkBytes, decode } from './wire.ts';

const allow: Answer = {
  kind: 'allow',
  headersToSet: [],
  headersToRemove: [],
  responseHeadersToAdd: [],
  queryToSet: [],
  queryToRemove: [],
  metadata: {},
};

/** What the hall makes of a Check that can't be read. */
const unreadable: Exchange['unreadable'] = async (error) =>
  problemAnswer({ status: 400, type: codeOf(error), title: 'denied', detail: '', exchange: randomUUID() });

function route(admit: Exchange['admit'], malformed: string[] = [], inFlight = openInFlight()) {
  return authorizeRoute({
    exchange: { admit, unreadable } as Exchange,
    inFlight,
    failed: (code) => malformed.push(code),
  });
}

t.test('one Check, one admit, one answer', async (t) => {
  const asked: [Request, number | null][] = [];
  const call = openCall(
    route(async (request, { deadline }) => {
      asked.push([request, deadline]);
      return allow;
    }),
    { deadline: 1_900_000_000_000 },
  );
  call.handler.onMessage(checkBytes({ path: '/a' }));
  t.match(await call.finished, { code: 0 });
  t.match(asked, [[{ path: '/a', method: 'GET' }, 1_900_000_000_000]]);
  t.match(
    call.sent.map((bytes) => decode('CheckResponse', bytes)),
    [{ okResponse: {} }],
  );
});

t.test('what is no Check is denied, never answered by an error that could be an allow', async (t) => {
  const malformed: string[] = [];
  for (const bytes of [
    Buffer.from([0xff, 0xff]),
    Buffer.alloc(0),
    checkBytes({ id: '' }),
    checkBytes({ method: '' }),
  ]) {
    const call = openCall(route(async () => allow, malformed));
    call.handler.onMessage(bytes);
    t.match(await call.finished, { code: 0 });
    const answers = call.sent.map((sent) => decode('CheckResponse', sent));
    t.match(
      answers,
      [{ status: { code: 7 }, deniedResponse: { status: { code: 'BadRequest' } } }],
      bytes.toString('hex'),
    );
  }
  t.equal(malformed.length, 4);
});

t.test('a caller who hangs up aborts the wait, and nothing is sent', async (t) => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const call = openCall(
    route(async (_, { signal }) => {
      await new Promise((done) => signal.addEventListener('abort', done));
      resolve();
      return allow;
    }),
  );
  call.handler.onMessage(checkBytes());
  call.handler.onCancel?.();
  await left;
  await new Promise(setImmediate);
  t.equal(call.sent.length, 0);
});

t.test('a second message, or none, ends the call', async (t) => {
  const two = openCall(route(() => new Promise(() => {})));
  two.handler.onMessage(checkBytes());
  two.handler.onMessage(checkBytes());
  t.match(await two.finished, { code: 3 });
  const none = openCall(route(async () => allow));
  none.handler.onEnd?.();
  t.match(await none.finished, { code: 3 });
});

t.test(
  'a Check that comes during a drain waits for the next process; one that was allowed is waited for',
  async (t) => {
    const inFlight = openInFlight();
    const before = openCall(
      route(async () => ({ ...allow, metadata: { decision_id: 'x', release: 'full' } }), [], inFlight),
    );
    before.handler.onMessage(checkBytes());
    await before.finished;
    const settled = inFlight.settle(60_000);
    const during = openCall(route(async () => allow, [], inFlight));
    during.handler.onMessage(checkBytes());
    await new Promise(setImmediate);
    t.equal(during.sent.length, 0);
    t.equal(during.isOver(), false);
    inFlight.released('x');
    await settled;
  },
);
