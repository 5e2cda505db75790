/** Framings and encodings that masks reach into, from a real upstream through the real Envoy, over both HTTP versions. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import { http2Get, openResponse, readOut } from '../fixture/caller.ts';
import { untilEntered } from '../fixture/entries.ts';
import { wirePolicy } from '../fixture/policy.ts';
import { customer, shown } from '../fixture/secrets.ts';
import { startStack } from '../fixture/stack.ts';

type Respond = (response: ServerResponse) => void;
const answers = new Map<string, Respond>();
const stack = await startStack(t, {
  policy: await wirePolicy(t),
  respond({ path }, response) {
    const answer = answers.get(path);
    answer?.(response);
    return answer !== undefined;
  },
});

function answered(respond: Respond): string {
  const path = `/masked/${answers.size}`;
  answers.set(path, respond);
  return path;
}

const masked = JSON.stringify({ id: 1, name: 'Ada Lovelace', ssn: '[masked:ssn]', email: 'h' });
/** As it leaves, with pseudonyms made equal. */
const plain = (body: Buffer) => body.toString('utf8').replace(/h_[\w-]{22}/g, 'h');

const json = { 'content-type': 'application/json' };
/** Customers with something in between that does not compress away: a bomb is refused. */
const between = Array.from({ length: 10_000 }, (_, at) => createHash('sha256').update(`${at}`).digest('hex'));
const listed = (one: string) => `[${between.map((text) => `${one},"${text}"`).join(',')}]`;
const long = listed(customer);
const longMasked = listed(masked);

const bodies: readonly (readonly [
  what: string,
  headers: Record<string, string>,
  body: string | Buffer,
  out: string,
])[] = [
  ['NDJSON', { 'content-type': 'application/x-ndjson' }, `${customer}\n${customer}\r\n`, `${masked}\n${masked}\r\n`],
  [
    'an event stream',
    { 'content-type': 'text/event-stream' },
    `: hi\r\nid: 1\r\ndata: ${customer}\r\n\r\ndata: [\ndata:${customer}\ndata: ]\n\n`,
    `: hi\r\nid: 1\r\ndata: ${masked}\r\n\r\ndata: [\ndata:${masked}\ndata: ]\n\n`,
  ],
  ['gzip', { ...json, 'content-encoding': 'gzip' }, gzipSync(long), longMasked],
  [
    'two gzip members',
    { ...json, 'content-encoding': 'gzip' },
    Buffer.concat([gzipSync(long.slice(0, 999)), gzipSync(long.slice(999))]),
    longMasked,
  ],
  ['deflate', { ...json, 'content-encoding': 'deflate' }, deflateSync(long), longMasked],
  ['br', { ...json, 'content-encoding': 'br' }, brotliCompressSync(`[${customer}]`), `[${masked}]`],
  ['zstd', { ...json, 'content-encoding': 'zstd' }, zstdCompressSync(`[${customer}]`), `[${masked}]`],
];
for (const [what, headers, body, out] of bodies)
  t.test(`${what} is masked, and leaves as it came else`, async (t) => {
    const path = answered((r) => r.writeHead(200, headers).end(body));
    const h1 = await stack.request({ path });
    t.match(h1, { status: 200, complete: true, headers: { 'content-type': headers['content-type'] } });
    t.notOk('content-encoding' in h1.headers);
    t.ok(plain(h1.body) === out);
    t.match(await untilEntered(stack, path), { outcome: 'complete', length: h1.body.length });
    const h2 = await http2Get(stack, path);
    t.ok(h2.complete);
    t.notOk('content-encoding' in h2.headers);
    t.ok(plain(h2.body) === out);
  });

const whole = gzipSync(customer);
const withheld: readonly (readonly [what: string, headers: Record<string, string>, body: string | Buffer])[] = [
  ['NDJSON that is none', { 'content-type': 'application/x-ndjson' }, `no json: ${customer}\n`],
  ['gzip that is cut', { ...json, 'content-encoding': 'gzip' }, whole.subarray(0, 10)],
  ['gzip that is none', { ...json, 'content-encoding': 'gzip' }, customer],
  ['gzip in br', { ...json, 'content-encoding': 'gzip, br' }, brotliCompressSync(whole)],
];
for (const [what, headers, body] of withheld)
  t.test(`${what} is withheld`, async (t) => {
    const path = answered((r) => r.writeHead(200, headers).end(body));
    for (const got of [
      await stack.request({ path }).then((h1) => ({ status: h1.status, body: h1.body })),
      await http2Get(stack, path).then((h2) => ({ status: h2.headers[':status'], body: h2.body })),
    ]) {
      t.equal(got.status, 502);
      t.same(shown(got.body), []);
    }
    t.match(await untilEntered(stack, path), { outcome: 'refused', detail: 'mask_impossible' });
  });

for (const [what, encoding, body] of [
  ['br that is cut', 'br', brotliCompressSync(customer).subarray(0, -1)],
  ['zstd with more behind', 'zstd', Buffer.concat([zstdCompressSync(customer), Buffer.from(customer)])],
] as const)
  t.test(`${what} is never whole: what was certain is masked`, async (t) => {
    const path = answered((r) => r.writeHead(200, { ...json, 'content-encoding': encoding }).end(body));
    const { status, complete, body: left } = await openResponse(stack, path).then(readOut);
    t.ok(status === 502 || !complete);
    t.same(shown(left), []);
  });

for (const [what, body] of [
  ['an event of text', `data: text ${customer}\n\n`],
  ['JSON that says it is an event stream', customer],
] as const)
  t.test(`${what} is cut or an error, though the head of an event stream does not wait`, async (t) => {
    const path = answered((r) => r.writeHead(200, { 'content-type': 'text/event-stream' }).end(body));
    const response = await openResponse(stack, path).then(readOut, () => null);
    t.not(response?.complete && response.status === 200, true);
    t.same(shown(response?.body ?? ''), []);
    t.match(await untilEntered(stack, path), { outcome: 'cut' });
  });

t.test('a gzip bomb is cut', async (t) => {
  const bomb = gzipSync(
    Buffer.concat([Buffer.from(`[${customer},"`), Buffer.alloc(60_000_000, 0x20), Buffer.from('"]')]),
  );
  const path = answered((r) => r.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb));
  const { body, complete, status } = await openResponse(stack, path).then(readOut);
  t.ok(status === 502 || !complete);
  t.ok(body.length < 30_000_000);
  t.same(shown(body), []);
});

t.test('an event reaches the caller before the next one is sent', async (t) => {
  let upstream: ServerResponse | undefined;
  const path = answered((response) => {
    upstream = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${customer}\n\n`);
  });
  const response = await openResponse(stack, path);
  for (let event = 0; event < 4; event++) {
    const [chunk] = (await once(response, 'data')) as [Buffer];
    t.equal(plain(chunk), `data: ${masked}\n\n`);
    if (event < 3) upstream?.write(`data: ${customer}\n\n`);
  }
  response.resume();
  upstream?.end();
  await once(response, 'end');
  t.ok(response.complete);
});
