import t from 'tap';
import { openInFlight } from '../../plugin/envoy/inflight.ts';
import { processRoute } from '../../plugin/envoy/process.ts';
import { CountersignError } from '../../plugin/errors.ts';
import type { Exchange, Opening, Release, Reply } from '../../plugin/exchange.ts';
import { openCall } from './call.ts';
import { decode, encode, headerMap } from './wire.ts';

const head = (endOfStream = false) =>
  encode('ProcessingRequest', { responseHeaders: { headers: headerMap([':status', '200']), endOfStream } });
const body = (text: string, endOfStream = false) =>
  encode('ProcessingRequest', { responseBody: { body: Buffer.from(text), endOfStream } });

/** A release that passes everything, with what a test changes. */
function passing(changes: Partial<Release> = {}) {
  const left: string[] = [];
  const opened: Opening[] = [];
  const release: Release = {
    exchange: 'x',
    grant: null,
    body: (bytes, end) => [{ kind: 'body', bytes, end }],
    trailers: () => [{ kind: 'trailers', remove: [] }],
    async leave(outcome, detail) {
      left.push(`${outcome}: ${detail}`);
    },
    ...changes,
  };
  const replies: readonly Reply[] = [{ kind: 'headers', set: [], remove: ['etag'] }];
  const exchange: Pick<Exchange, 'release'> = {
    release(opening) {
      opened.push(opening);
      return { release, replies };
    },
  };
  const failed: string[] = [];
  const made = processRoute({
    exchange: exchange as Exchange,
    inFlight: openInFlight(),
    idle: 60_000,
    failed: (code) => failed.push(code),
  });
  t.teardown(made.close);
  return { route: made.route, left, opened, failed };
}

const said = (sent: readonly Buffer[]) => sent.map((bytes) => decode('ProcessingResponse', bytes).response);

t.test('messages are answered in their order, and a half-close after the end is a success', async (t) => {
  const { route, opened, left } = passing();
  const call = openCall(route);
  call.handler.onMessage(head());
  call.handler.onMessage(body('a'));
  call.handler.onMessage(body('b', true));
  call.handler.onEnd?.();
  t.match(await call.finished, { code: 0 });
  t.same(said(call.sent), ['responseHeaders', 'responseBody', 'responseBody']);
  t.match(opened, [{ head: { status: 200 } }]);
  t.same(left, []);
});

t.test('never ends first with success: whatever goes wrong is an error', async (t) => {
  const fault = new CountersignError('mask_impossible', 'no');
  const rows: readonly (readonly [string, Partial<Release>, readonly Buffer[]])[] = [
    ['bytes that are no message', {}, [Buffer.from([0xff])]],
    ['an empty message', {}, [Buffer.alloc(0)]],
    ['a body before its head', {}, [body('a')]],
    ['a second head', {}, [head(), head()]],
    ['a request', {}, [encode('ProcessingRequest', { requestHeaders: { headers: headerMap() } })]],
    [
      'a release that throws',
      {
        body: () => {
          throw fault;
        },
      },
      [head(), body('a')],
    ],
    ['a release that rejects', { body: () => Promise.reject(fault) }, [head(), body('a')]],
  ];
  for (const [name, changes, messages] of rows) {
    const { route, failed } = passing(changes);
    const call = openCall(route);
    for (const bytes of messages) call.handler.onMessage(bytes);
    t.not((await call.finished).code, 0, name);
    t.equal(failed.length, 1, name);
  }
});

t.test('what comes while an entry is being written waits its turn, and the peer is stopped', async (t) => {
  const gate = Promise.withResolvers<readonly Reply[]>();
  let first = true;
  const { route } = passing({
    body(bytes, end) {
      if (!first) return [{ kind: 'body', bytes, end }];
      first = false;
      return gate.promise;
    },
  });
  const call = openCall(route);
  call.handler.onMessage(head());
  for (const text of ['a', 'b', 'c', 'd', 'e']) call.handler.onMessage(body(text));
  t.equal(call.sent.length, 1);
  t.ok(call.flow.includes('pause'));
  gate.resolve([{ kind: 'body', bytes: Buffer.from('A'), end: false }]);
  await gate.promise;
  await new Promise(setImmediate);
  t.equal(call.sent.length, 6);
  t.equal(call.flow.at(-1), 'resume');
});

t.test('what the transport delivers while it resumes comes behind what waits here', async (t) => {
  const gate = Promise.withResolvers<readonly Reply[]>();
  const seen: string[] = [];
  const { route } = passing({
    body(bytes) {
      seen.push(bytes.toString());
      return seen.length === 1 ? gate.promise : [];
    },
  });
  /** A transport that has messages at hand delivers them within `resume`. */
  const backlog = ['e', 'f'];
  let paused = false;
  const call = openCall(route, {
    onPause: () => {
      paused = true;
    },
    onResume: () => {
      if (!paused) return;
      paused = false;
      for (const text of backlog.splice(0)) call.handler.onMessage(body(text));
    },
  });
  call.handler.onMessage(head());
  for (const text of ['a', 'b', 'c', 'd', 'x']) call.handler.onMessage(body(text));
  gate.resolve([]);
  await gate.promise;
  await new Promise(setImmediate);
  t.same(seen, ['a', 'b', 'c', 'd', 'x', 'e', 'f']);
});

t.test('in another mode than full duplex nothing is released', async (t) => {
  for (const first of [{ observabilityMode: true }, { protocolConfig: { responseBodyMode: 'STREAMED' } }]) {
    const { route, opened } = passing();
    const call = openCall(route);
    call.handler.onMessage(
      encode('ProcessingRequest', { responseHeaders: { headers: headerMap([':status', '200']) }, ...first }),
    );
    t.not((await call.finished).code, 0, JSON.stringify(first));
    t.same(opened, []);
  }
});

t.test('a slow caller stops the peer until there is room', async (t) => {
  const { route } = passing();
  const call = openCall(route, { slow: true });
  call.handler.onMessage(head());
  t.equal(call.flow.at(-1), 'pause');
  call.handler.onDrain?.();
  t.equal(call.flow.at(-1), 'resume');
});

t.test('who leaves is told to release; an early half-close is no success', async (t) => {
  const { route, left } = passing();
  const gone = openCall(route);
  gone.handler.onMessage(head());
  gone.handler.onCancel?.();
  t.same(left, ['aborted: caller left']);
  const early = openCall(route);
  early.handler.onMessage(head());
  early.handler.onEnd?.();
  t.not((await early.finished).code, 0);
  t.same(left, ['aborted: caller left', 'cut: stream closed early']);
});

t.test('a silent stream ends with an error', async (t) => {
  const { route, close } = processRoute({
    exchange: {
      release: () => ({ release: { body: () => [], trailers: () => [], leave: async () => {} }, replies: [] }),
    } as unknown as Exchange,
    inFlight: openInFlight(),
    idle: 5,
    failed: () => {},
  });
  t.teardown(close);
  const call = openCall(route);
  call.handler.onMessage(head());
  const keep = setInterval(() => {}, 10);
  t.not((await call.finished).code, 0);
  clearInterval(keep);
});

t.test('a half-close before the answer to a lone head is durable is no success', async (t) => {
  const entered = Promise.withResolvers<readonly []>();
  const { route, close } = processRoute({
    exchange: {
      release: () => ({
        release: { body: () => [], trailers: () => [], leave: async () => {} },
        replies: entered.promise,
      }),
    } as unknown as Exchange,
    inFlight: openInFlight(),
    idle: 60_000,
    failed: () => {},
  });
  t.teardown(close);
  const call = openCall(route);
  call.handler.onMessage(head(true));
  call.handler.onEnd?.();
  entered.resolve([]);
  t.not((await call.finished).code, 0);
});
