/** What upstreams answer, from the odd to the large: masked for certain or withheld, and verbatim where nothing is masked. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { until } from '../../examples/quickstart/child.ts';
import { http2Get, openResponse, readOut } from './fixture/caller.ts';
import { trailOf, untilEntered } from './fixture/entries.ts';
import { wirePolicy } from './fixture/policy.ts';
import { customer, shown } from './fixture/secrets.ts';
import { startStack } from './fixture/stack.ts';

type Respond = (response: ServerResponse) => void;

/** How the upstream answers, by path; a test adds its own. */
const answers = new Map<string, Respond>();

const stack = await startStack(t, {
  policy: await wirePolicy(t),
  respond({ path }, response) {
    const answer = answers.get(path);
    answer?.(response);
    return answer !== undefined;
  },
});

const MiB = 1_048_576;

let serial = 0;

/** A path below `/masked` or `/plain` that is answered like this. */
function answered(plan: 'masked' | 'plain', respond: Respond): string {
  serial += 1;
  const path = `/${plan}/${serial}`;
  answers.set(path, respond);
  return path;
}

const json = { 'content-type': 'application/json' };

const withheld: readonly (readonly [what: string, respond: Respond])[] = [
  ['text/html', (r) => r.writeHead(200, { 'content-type': 'text/html' }).end(customer)],
  ['text/csv', (r) => r.writeHead(200, { 'content-type': 'text/csv' }).end(`id,ssn\n${customer}\n`)],
  ['no content type', (r) => r.writeHead(200).end(customer)],
  [
    'two content types',
    (r) =>
      r
        .writeHead(
          200,
          [
            ['content-type', 'application/json'],
            ['content-type', 'text/html'],
          ].flat(),
        )
        .end(customer),
  ],
  [
    'another charset',
    (r) =>
      r.writeHead(200, { 'content-type': 'application/json; charset=utf-16' }).end(Buffer.from(customer, 'utf16le')),
  ],
  ['two encodings', (r) => r.writeHead(200, { ...json, 'content-encoding': 'gzip, gzip' }).end(gzipSync(customer))],
  ['an unknown encoding', (r) => r.writeHead(200, { ...json, 'content-encoding': 'secret' }).end(customer)],
  ['a part', (r) => r.writeHead(206, { ...json, 'content-range': `bytes 0-9/${customer.length}` }).end(customer)],
  ['malformed JSON from the first byte', (r) => r.writeHead(200, json).end(`<html>${customer}`)],
  ['gzip that says it is plain', (r) => r.writeHead(200, json).end(gzipSync(customer))],
  ['an empty body that should be JSON', (r) => r.writeHead(200, { ...json, 'transfer-encoding': 'chunked' }).end()],
  ['an error page', (r) => r.writeHead(500, { 'content-type': 'text/plain' }).end(customer)],
];

for (const [what, respond] of withheld)
  t.test(`with masks, ${what} is withheld: 502 that says so, and no byte of it`, async (t) => {
    const path = answered('masked', respond);
    const { status, headers, body, complete } = await stack.request({ path });
    t.equal(status, 502);
    t.ok(complete);
    t.equal(headers['content-type'], 'application/problem+json');
    t.notOk('content-encoding' in headers);
    t.match(JSON.parse(body.toString('utf8')), { type: /mask-impossible$/, title: 'The response was withheld' });
    t.same(shown(body), []);
    t.match(await untilEntered(stack, path), { outcome: 'refused', detail: 'mask_impossible' });
    const h2 = await http2Get(stack, path);
    t.equal(h2.headers[':status'], 502);
    t.same(shown(h2.body), []);
  });

const brokenLate: readonly (readonly [what: string, tail: string])[] = [
  ['is no JSON', `${customer} nonsense`],
  ['is cut in a value', customer.slice(0, -5)],
  ['is cut within a secret', customer.slice(0, customer.indexOf('1120'))],
  ['goes on after its end', `${customer}]${customer}`],
];

for (const [what, tail] of brokenLate)
  t.test(`with masks, a body that ${what} after its first part went out is cut`, async (t) => {
    let upstream: ServerResponse | undefined;
    const path = answered('masked', (response) => {
      upstream = response;
      response.writeHead(200, json).write(`[${customer},`);
    });
    const response = await openResponse(stack, path);
    await once(response, 'readable');
    upstream?.end(tail);
    const { status, body, complete } = await readOut(response);
    t.equal(status, 200);
    t.notOk(complete, 'the caller sees that it is not whole');
    t.ok(body.length > 0);
    t.same(shown(body), []);
    t.match(await untilEntered(stack, path), { outcome: 'cut' });
  });

for (const plan of ['masked', 'plain'] as const) {
  t.test(`${plan}: responses without a body pass`, async (t) => {
    const bodyless = answered(plan, (r) => r.writeHead(200, { ...json, 'x-own': 'yes' }).end());
    const head = await stack.request({ method: 'HEAD', path: bodyless });
    t.match(head, { status: 200, complete: true, headers: { 'x-own': 'yes' } });
    for (const status of [204, 304]) {
      const path = answered(plan, (r) => r.writeHead(status, { 'x-own': 'yes' }).end());
      t.match(await stack.request({ path }), { status, complete: true, headers: { 'x-own': 'yes' } });
      t.equal((await http2Get(stack, path)).headers[':status'], status);
      t.match(await untilEntered(stack, path), { status, outcome: 'complete', length: 0 });
    }
  });

  t.test(`${plan}: when the upstream breaks off the caller sees it, and it is entered`, async (t) => {
    const path = answered(plan, (r) => {
      r.writeHead(200, json).write(`[${customer},`, () => setImmediate(() => r.destroy()));
    });
    const response = await openResponse(stack, path).then(readOut, () => null);
    t.not(response?.complete && response.status === 200, true);
    if (plan === 'masked') t.same(shown(response?.body ?? ''), []);
    t.match(await untilEntered(stack, path), { outcome: /^(cut|aborted)$/ });
  });
}

t.test('with masks, a body that comes byte by byte is masked as one', async (t) => {
  const path = answered('masked', async (response) => {
    response.writeHead(200, json);
    for (const byte of Buffer.from(customer)) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  for (const body of [(await stack.request({ path })).body, (await http2Get(stack, path)).body]) {
    t.same(shown(body), []);
    t.match(JSON.parse(body.toString('utf8')), { id: 1, name: 'Ada Lovelace' });
  }
});

t.test('without masks, five binary megabytes and their headers arrive as they were sent', async (t) => {
  const sent = randomBytes(5 * MiB);
  const own = {
    'content-type': 'application/octet-stream',
    etag: '"abc"',
    'content-encoding': 'br',
    'x-binary': 'a b;c',
  };
  const whole = answered('plain', (r) => r.writeHead(200, { ...own, 'content-length': sent.length }).end(sent));
  const chunked = answered('plain', (r) => {
    r.writeHead(200, own);
    for (let at = 0; at < sent.length; at += 100_000) r.write(sent.subarray(at, at + 100_000));
    r.end();
  });
  for (const path of [whole, chunked]) {
    const exchange = await stack.request({ path });
    t.match(exchange, { status: 200, complete: true, headers: own });
    t.ok(exchange.body.equals(sent), 'over HTTP/1.1, byte for byte');
    const h2 = await http2Get(stack, path);
    t.ok(h2.complete);
    t.match(h2.headers, own);
    t.ok(h2.body.equals(sent), 'over HTTP/2, byte for byte');
    const { responses } = await trailOf(stack.log, path);
    t.match(responses, [
      { length: sent.length, outcome: 'complete' },
      { length: sent.length, outcome: 'complete' },
    ]);
  }
});

t.test('without masks, server-sent events arrive while the next is not yet sent', async (t) => {
  let upstream: ServerResponse | undefined;
  const path = answered('plain', (response) => {
    upstream = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 0\n\n');
  });
  const response = await openResponse(stack, path);
  for (let event = 0; event < 5; event++) {
    const [chunk] = (await once(response, 'data')) as [Buffer];
    t.equal(chunk.toString('utf8'), `data: ${event}\n\n`);
    if (event < 4) upstream?.write(`data: ${event + 1}\n\n`);
  }
  response.resume();
  upstream?.end();
  await once(response, 'end');
  t.ok(response.complete);
});

/** Bytes that a process has in memory. */
function residentBytes(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return pages * 4096;
}

for (const plan of ['plain', 'masked'] as const)
  t.test(`${plan}: two hundred megabytes to a slow reader stop the upstream, and do not pile up here`, async (t) => {
    const row = Buffer.from(`{"note":"${'n'.repeat(100_000)}","of":${customer}},`);
    const rows = Math.ceil((200 * MiB) / row.length);
    let sent = 0;
    const path = answered(plan, async (response) => {
      response.writeHead(200, json).write('[');
      for (; sent < rows; sent++) if (!response.write(row)) await once(response, 'drain');
      response.end('null]');
    });
    // A new process: in what an earlier test left to the collector a leak could hide.
    await stack.plugin().stop();
    await stack.startPlugin();
    const before = residentBytes(stack.plugin().pid);
    let most = 0;
    const look = () => {
      most = Math.max(most, residentBytes(stack.plugin().pid) - before);
    };
    const response = await openResponse(stack, path);
    // Nobody reads: the upstream stands still when everything in between is full.
    let last = -1;
    let still = 0;
    await until('the upstream to be stopped', () => {
      look();
      still = sent === last ? still + 1 : 0;
      last = sent;
      return still === 8 ? true : undefined;
    });
    t.ok(sent * row.length < 100 * MiB, `stopped after ${Math.round((sent * row.length) / MiB)} MB`);
    let length = 0;
    let leaked = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      look();
      length += chunk.length;
      if (plan === 'masked') leaked += shown(chunk).length;
    }
    t.ok(response.complete);
    t.equal(leaked, 0);
    if (plan === 'plain') t.equal(length, 1 + rows * row.length + 5);
    // What is let go at once is still in memory until the collector comes: it waits for some 64 MB of buffers.
    t.ok(most < 160 * MiB, `${Math.round(most / MiB)} MB more at most`);
  });
