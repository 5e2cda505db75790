/** Framings beside JSON from a real upstream through the real Envoy, over both HTTP versions. */
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import { findOpa } from '../../../examples/quickstart/tools.mjs';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { http2Get } from '../fixture/caller.ts';
import { untilEntered } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';

const rego = `# METADATA
# title: Framings
# description: What is masked by what the path begins with.
package envoy.authz

default allow := {"allowed": false}

allow := {"allowed": true, "rule": "wire/framings", "mask": masks[input.parsed_path[0]]}

found := [
	{"detect": ["email", "us_ssn"], "with": "redact"},
	{"pattern": "ACME-[0-9]{6}", "with": "redact", "rule": "acme"},
]

masks := {
	"found": found,
	"named": array.concat(found, [{"key": "ssn", "with": "redact"}]),
	"columns": [{"column": "ssn", "with": "partial", "keep_last": 4}, {"column": "pay", "with": "drop"}],
	"scan": [{"detect": ["email"], "with": "redact", "on_unparsable": "scan"}],
	"headers": [{"header": "x-customer", "with": "redact"}, {"header": "x-secret", "with": "drop"}],
}
`;
const bundle = await buildBundle(
  { source: t.testdir({ 'framings.rego': rego }), path: 'envoy/authz/allow', opa: findOpa() },
  new Map([['framings.rego', Buffer.from(rego)]]),
);

const answers = new Map<string, (response: ServerResponse) => void>();
const stack = await startStack(t, {
  policy: `${t.testdir({ 'bundle.tar.gz': bundle })}/bundle.tar.gz`,
  respond({ path }, response) {
    const answer = answers.get(path);
    answer?.(response);
    return answer !== undefined;
  },
});

const text = 'to ada@example.com, 078-05-1120, ref ACME-123456, ACME-12';
const masked = 'to [masked:email], [masked:us_ssn], ref [masked:acme], ACME-12';
const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const letters = text.match(/.{1,3}/g) ?? [];
const result = (inner: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: inner }] } });

const bodies: readonly (readonly [what: string, plan: string, type: string, body: string, expected: string])[] = [
  ['plain text', 'found', 'text/plain', text, masked],
  ['HTML', 'found', 'text/html', `<p title="${text}">${text}`, `<p title="${masked}">${masked}`],
  ['XML', 'named', 'application/xml', `<a><ssn>1</ssn>${text}</a>`, `<a><ssn>[masked:ssn]</ssn>${masked}</a>`],
  ['CSV', 'columns', 'text/csv', 'id,ssn,pay\r\n1,078-05-1120,"2"\r\n', 'id,ssn\r\n1,***-**-1120\r\n'],
  ['TSV', 'columns', 'text/tab-separated-values', 'ssn\tpay\n078-05-1120\t2\n', 'ssn\n***-**-1120\n'],
  ['a form', 'named', 'application/x-www-form-urlencoded', 'a=1&user[ssn]=2', 'a=1&user[ssn]=%5Bmasked%3Assn%5D'],
  [
    'an MCP result',
    'named',
    'application/json',
    result(`{"ssn":"1","b":"${text}"}`),
    result(`{"ssn":"[masked:ssn]","b":"${masked}"}`),
  ],
  [
    'an MCP result as an event',
    'named',
    'text/event-stream',
    `event: message\ndata: ${result('{"ssn":"1"}')}\n\n`,
    `event: message\ndata: ${result('{"ssn":"[masked:ssn]"}')}\n\n`,
  ],
  ['an unknown type that is scanned', 'scan', 'application/x-odd', 'to ada@example.com!', 'to [masked:email]!'],
];
for (const [at, [what, plan, type, body, expected]] of bodies.entries())
  t.test(`${what} is masked`, async (t) => {
    const path = `/${plan}/${at}`;
    answers.set(path, (response) => {
      response.writeHead(200, { 'content-type': type, etag: '"1"', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
    const h1 = await stack.request({ path });
    t.equal(h1.status, 200);
    t.equal(h1.body.toString('utf8'), expected);
    t.notOk('etag' in h1.headers);
    t.equal(h1.headers['cache-control'], 'private, no-store');
    t.equal((await http2Get(stack, path)).body.toString('utf8'), expected);
    t.match(await untilEntered(stack, path), { outcome: 'complete' });
  });

t.test("a language model's text, three letters an event, in br and zstd too", async (t) => {
  const body = `${letters.map((one) => `data: ${JSON.stringify(chunk(one))}\n\n`).join('')}data: [DONE]\n\n`;
  for (const [encoding, encode] of [
    ['identity', Buffer.from],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    const path = `/found/deltas/${encoding}`;
    answers.set(path, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding });
      const bytes = encode(body);
      for (let at = 0; at < bytes.length; at += 50) response.write(bytes.subarray(at, at + 50));
      response.end();
    });
    for (const got of [(await stack.request({ path })).body, (await http2Get(stack, path)).body]) {
      const events = got.toString('utf8').trimEnd().split('\n\n');
      t.equal(events.at(-1), 'data: [DONE]');
      const said = events.slice(0, -1).map((event): string => JSON.parse(event.slice(6)).choices[0].delta.content);
      t.equal(said.join(''), masked, encoding);
    }
  }
});

t.test('headers and trailers are masked', async (t) => {
  answers.set('/headers/1', (response) => {
    response.writeHead(200, {
      'content-type': 'image/png',
      'x-customer': 'ada',
      'x-secret': 's',
      trailer: 'x-customer',
    });
    response.write('as it is');
    response.addTrailers({ 'x-customer': 'ada' });
    response.end();
  });
  const h1 = await stack.request({ path: '/headers/1' });
  t.equal(h1.headers['x-customer'], '[masked:x-customer]');
  t.notOk('x-secret' in h1.headers);
  t.equal(h1.body.toString('utf8'), 'as it is');
  t.notMatch(JSON.stringify((await http2Get(stack, '/headers/1')).headers), /ada/);
  t.match(await untilEntered(stack, '/headers/1'), {
    masks: [{ field: 'header:x-secret' }, { field: 'header:x-customer' }],
  });
});

for (const [what, plan, type, body] of [
  ['a name in HTML', 'named', 'text/html', '<p>078-05-1120'],
  ['a name in plain text', 'named', 'text/plain', '078-05-1120'],
  ['XML that is cut', 'named', 'application/xml', '<ssn'],
  ['an entity that a DTD would say', 'named', 'application/xml', '<!DOCTYPE a [<!ENTITY e "078-05-1120">]><a>&e;</a>'],
  ['CSV with other delimiters', 'columns', 'text/csv', 'id;ssn\n1;078-05-1120\n'],
  ['rows without names', 'columns', 'application/json', '{"columns":["ssn"],"rows":[["078-05-1120"]]}'],
  ['a path in CSV', 'columns', 'application/octet-stream', '078-05-1120'],
  ['UTF-16', 'found', 'text/plain; charset=utf-16', '078-05-1120'],
] as const)
  t.test(`${what} is withheld`, async (t) => {
    const path = `/${plan}/withheld/${encodeURIComponent(what)}`;
    answers.set(path, (response) => response.writeHead(200, { 'content-type': type }).end(body));
    const h1 = await stack.request({ path });
    t.equal(h1.status, 502);
    t.notMatch(h1.body.toString('latin1'), /078-05/);
    t.match(await untilEntered(stack, path), { outcome: 'refused', detail: 'mask_impossible' });
  });
