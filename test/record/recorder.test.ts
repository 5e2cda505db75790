import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { openRecorder } from '../../plugin/record/recorder.ts';
import type { RecordingStore } from '../../plugin/record/store.ts';
import { headerOf, requestOf } from '../identity/request.ts';
import { asked, bytesBelow, context, recorderIn } from './recordings.ts';

const head = {
  status: 200,
  headers: [headerOf('content-type', 'application/json'), headerOf('set-cookie', 'canary-set')],
};
const sha256 = (text: string) => createHash('sha256').update(text).digest();

async function recorded(folder: string, exchange = 'e-1') {
  const it = recorderIn(folder, { dropHeaders: ['X-Secret'] });
  await it.recorder.request(exchange, 'full', asked, context);
  const sink = it.recorder.response(exchange);
  sink.head(head);
  sink.push(Buffer.from('canary-'));
  sink.push(Buffer.from('answer'));
  return { ...it, finished: await sink.finish() };
}

t.test('an exchange is recorded as it was asked and answered', async (t) => {
  const { recorder, finished } = await recorded(t.testdir());
  t.strictSame(finished, { recording: 'e-1', digest: sha256('canary-answer'), bytes: 13 });
  const { meta, request, response } = await recorder.read('e-1');
  t.match(meta, { exchange: 'e-1', spec: 'full', path: '/customers', principal: { id: 'alice' }, rule: 'allow' });
  t.equal(Buffer.concat(request?.chunks.map(({ bytes }) => bytes) ?? []).toString(), '{"sql":"canary-body"}');
  t.strictSame(request?.head?.headers, [
    ['content-type', 'application/json'],
    ['x-note', 'canary-note'],
  ]);
  t.strictSame(response?.head, { status: 200, headers: [['content-type', 'application/json']] });
  t.equal(Buffer.concat(response?.chunks.map(({ bytes }) => bytes) ?? []).toString(), 'canary-answer');
  t.match(response, { complete: true, bytes: 13, digest: sha256('canary-answer') });
});

t.test('no credential enters a recording, and nothing of it lies on the disk in clear', async (t) => {
  const folder = t.testdir();
  const { recorder } = await recorded(folder);
  t.notOk(bytesBelow(folder).includes('canary'), 'the files');
  t.notOk(bytesBelow(folder).includes('customers'), 'the path');
  t.notOk(bytesBelow(folder).includes('alice'), 'the principal');
  const clear = JSON.stringify(await recorder.read('e-1'));
  for (const canary of ['bearer', 'cookie', 'key', 'proxy', 'configured', 'token', 'set'])
    t.notOk(clear.includes(`canary-${canary}`), canary);
  t.ok(clear.includes('canary-note'), 'other headers do');
});

t.test('the policy says how much', async (t) => {
  const { recorder, store } = recorderIn(t.testdir());
  await recorder.request('e-0', 'none', asked, context);
  await recorder.request('e-1', 'metadata', asked, context);
  await recorder.request('e-2', 'request', requestOf({ body: null }), context);
  t.match(await recorder.read('e-1'), { meta: { path: '/customers' }, request: null, response: null });
  t.match(await store.list(), ['e-2', /^journal-/], 'metadata has no folder of its own');
  t.match(await recorder.read('e-2'), { request: { head: { seen: false }, bytes: 0 }, response: null });
  await t.rejects(recorder.read('e-0'), { code: 'record_unknown' });
  await t.rejects(recorder.meta('e-0'), { code: 'record_unknown' });
});

t.test('another process can record the response', async (t) => {
  const folder = t.testdir();
  await recorderIn(folder).recorder.request('e-1', 'full', asked, context);
  const other = recorderIn(folder).recorder;
  const sink = other.response('e-1');
  sink.push(Buffer.from('answer'));
  await sink.finish();
  t.match(await other.read('e-1'), { response: { complete: true, bytes: 6 } });
});

t.test('an exchange that is admitted again keeps its first recording', async (t) => {
  const { recorder } = await recorded(t.testdir());
  await recorder.request('e-1', 'full', requestOf({ body: Buffer.from('other') }), context);
  t.match(await recorder.read('e-1'), { request: { bytes: 21 }, response: { complete: true } });
  const second = recorder.response('e-1');
  second.head(head);
  await t.rejects(second.finish(), { code: 'record_failed', message: /already/ });
});

t.test('a response that ends early stays, marked so', async (t) => {
  const { recorder } = recorderIn(t.testdir());
  await recorder.request('e-1', 'full', asked, context);
  const sink = recorder.response('e-1');
  sink.push(Buffer.from('half'));
  sink.abort();
  await recorder.close();
  t.match(await recorder.read('e-1'), { response: { complete: false, bytes: 4 } });
});

t.test('a large response keeps its bytes and its order', async (t) => {
  const { recorder } = recorderIn(t.testdir());
  await recorder.request('e-1', 'full', asked, context);
  const sink = recorder.response('e-1');
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(700_000);
  for (let n = 0; n < 10; n++) {
    // One buffer, used again: the recorder keeps its own copy.
    chunk.fill(n);
    hash.update(chunk);
    sink.push(chunk);
  }
  const { digest, bytes } = await sink.finish();
  t.equal(bytes, 7_000_000);
  t.ok(digest.equals(hash.digest()));
  t.match(await recorder.read('e-1'), { response: { complete: true, bytes: 7_000_000 } });
});

t.test('whoever changes a recording is found', async (t) => {
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const folder = t.testdir();
  const rows: [string, (part: (exchange: string, name: string) => string) => void][] = [
    ['a bit of the head', (part) => flip(part('e-1', 'head'), 120)],
    ['a bit of the wrapped key', (part) => flip(part('e-1', 'head'), 20)],
    ['a bit of the request', (part) => flip(part('e-1', 'request'), 60)],
    ['a bit of the response', (part) => flip(part('e-1', 'response'), 60)],
    ['something behind the end', (part) => appendFileSync(part('e-1', 'response'), 'x')],
    ['request and response swapped', (part) => copyFileSync(part('e-1', 'request'), part('e-1', 'response'))],
    ["another's response", (part) => copyFileSync(part('e-2', 'response'), part('e-1', 'response'))],
    ["another's head", (part) => copyFileSync(part('e-2', 'head'), part('e-1', 'head'))],
    ['the request gone', (part) => rmSync(part('e-1', 'request'))],
  ];
  for (const [index, [name, change]] of rows.entries()) {
    const place = `${folder}/${index}`;
    const { recorder, part } = await recorded(place);
    await recorded(place, 'e-2');
    change(part);
    await t.rejects(recorder.read('e-1'), { code: 'audit_damaged' }, name);
  }
});

t.test('a response that was cut shows where it ends', async (t) => {
  const { recorder, part } = await recorded(t.testdir());
  truncateSync(part('e-1', 'response'), readFileSync(part('e-1', 'response')).length - 10);
  t.match(await recorder.read('e-1'), { response: { complete: false, bytes: 13 } });
  truncateSync(part('e-1', 'response'), 10);
  t.match(await recorder.read('e-1'), { response: { complete: false, bytes: 0, head: null } });
});

t.test('a store that fails stops the exchange', async (t) => {
  const { store, keyFile } = recorderIn(t.testdir());
  const full = Object.assign(new Error('ENOSPC'), { code: 'record_failed' });
  const failing = (broken: Partial<RecordingStore>) => openRecorder({ store: { ...store, ...broken }, keyFile });
  const closed: string[] = [];
  const writer = { append: () => Promise.reject(full), close: async () => void closed.push('closed') };
  await t.rejects(failing({ create: async () => writer }).request('e-1', 'full', asked, context), /ENOSPC|written/);
  await failing({}).request('e-2', 'full', asked, context);
  const sink = failing({ create: async () => writer }).response('e-2');
  sink.push(Buffer.from('x'));
  await t.rejects(sink.finish(), { code: 'record_failed' });
  t.throws(() => sink.push(Buffer.from('y')), { code: 'record_failed' });
  t.strictSame(closed, ['closed'], 'no file stays open');
  const unsynced = failing({ sync: () => Promise.reject(full) });
  await t.rejects(unsynced.request('e-3', 'request', asked, context), full);
  const unknown = failing({}).response('e-9');
  unknown.head(head);
  await t.rejects(unknown.finish(), { code: 'record_failed', message: /no recording/ });
});

t.test('the response is durable before finish resolves', async (t) => {
  const { store, keyFile } = recorderIn(t.testdir());
  const order: string[] = [];
  const recorder = openRecorder({
    store: { ...store, sync: (recording) => store.sync(recording).then(() => void order.push('durable')) },
    keyFile,
  });
  await recorder.request('e-1', 'full', asked, context);
  t.strictSame(order, [], 'the request gates the response entry, not admit');
  await recorder.response('e-1').finish();
  order.push('finished');
  t.strictSame(order, ['durable', 'finished']);
});

t.test('sessions are listed, and a key that others can read is refused', async (t) => {
  const { recorder, store, keyFile } = recorderIn(t.testdir());
  await recorder.request('e-1', 'metadata', asked, context);
  await recorder.request('e-2', 'metadata', asked, context);
  await recorder.request('e-3', 'metadata', asked, { ...context, session: 'b' });
  t.match(await recorder.sessions(), [
    { session: 'b', exchanges: 1 },
    { session: context.session, exchanges: 2 },
  ]);
  t.match(await recorder.exchanges(context.session), [{ exchange: 'e-1' }, { exchange: 'e-2' }]);
  t.strictSame(await recorder.exchanges('c'), []);
  t.match(await recorder.meta('e-3'), { session: 'b' });
  chmodSync(keyFile, 0o644);
  t.throws(() => openRecorder({ store, keyFile }), { code: 'key_invalid' });
});
