/** Detectors from a policy to the caller through the real Envoy: the plan travels, and what has the form never arrives. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { findOpa } from '../../../examples/quickstart/tools.mjs';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { http2Get } from '../fixture/caller.ts';
import { untilEntered } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';

const rego = `# METADATA
# title: Detectors
# description: Every response, whatever its members are called.
package envoy.authz

allow := {"allowed": true, "rule": "wire/all", "mask": [
	{"detect": ["email", "credit_card", "secret"], "with": "redact", "rule": "pii/found"},
	{"detect": ["us_ssn"], "with": "partial", "keep_last": 4},
]}
`;
const bundle = await buildBundle(
  { source: t.testdir({ 'detect.rego': rego }), path: 'envoy/authz/allow', opa: findOpa() },
  new Map([['detect.rego', Buffer.from(rego)]]),
);

/** Hashes in between, so that it is no bomb; each sensitive text is cut by chunks somewhere. */
const rows = Array.from({ length: 3_000 }, (_, at) => ({
  id: createHash('sha256').update(`${at}`).digest('hex'),
  note: `Ask ada${at}@example.com about 4111 1111 1111 1111, or 078-05-1120`,
  'key AKIAIOSFODNN7EXAMPLE': at,
}));
const masked = rows.map(({ id }, at) => ({
  id,
  note: 'Ask [masked:email] about [masked:credit_card], or ***-**-1120',
  'key [masked:secret]': at,
}));
const lines = (of: readonly object[]) => of.map((row) => `${JSON.stringify(row)}\n`).join('');
const events = (of: readonly object[]) => of.map((row) => `data: ${JSON.stringify(row)}\n\n`).join('');

const bodies = {
  '/json': ['application/json', JSON.stringify(rows), JSON.stringify(masked)],
  '/lines': ['application/x-ndjson', lines(rows), lines(masked)],
  '/events': ['text/event-stream', events(rows), events(masked)],
} as const;

const stack = await startStack(t, {
  policy: `${t.testdir({ 'bundle.tar.gz': bundle })}/bundle.tar.gz`,
  respond({ path }, response) {
    const [type, body] = bodies[path.replace('/gzip', '') as keyof typeof bodies];
    const gzip = path.startsWith('/gzip');
    response.writeHead(200, { 'content-type': type, ...(gzip ? { 'content-encoding': 'gzip' } : {}) });
    response.end(gzip ? gzipSync(body) : body);
    return true;
  },
});

for (const [path, [, , expected]] of Object.entries(bodies))
  for (const prefix of ['', '/gzip'])
    t.test(`${prefix}${path}`, async (t) => {
      const h1 = await stack.request({ path: prefix + path });
      t.equal(h1.status, 200);
      t.ok(h1.body.toString('utf8') === expected, 'over HTTP/1.1');
      t.ok((await http2Get(stack, prefix + path)).body.toString('utf8') === expected, 'over HTTP/2');
      t.match(await untilEntered(stack, prefix + path), {
        outcome: 'complete',
        masks: [
          { rule: 'pii/found', field: 'detect:email', count: rows.length },
          { rule: 'pii/found', field: 'detect:credit_card', count: rows.length },
          { rule: 'pii/found', field: 'detect:secret', count: rows.length },
          { field: 'detect:us_ssn', count: rows.length },
        ],
      });
    });
