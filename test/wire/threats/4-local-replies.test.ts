/** Threat 4: replies without our metadata reach the release: those of Envoy itself pass, an upstream's never does. */

import type { ServerResponse } from 'node:http';
import t from 'tap';
import type { Arrival } from '../../../examples/quickstart/upstream.ts';
import { entriesOf, findingsOf, type Trail, trailIn } from '../fixture/entries.ts';
import { customer, shown } from '../fixture/secrets.ts';
import { type Stack, startStack } from '../fixture/stack.ts';
import { addRoute, manager, threatPolicy } from '../fixture/threats.ts';

/** What an upstream may say to look as if Envoy had answered. */
const faked = {
  server: 'envoy',
  'content-type': 'application/json',
  'response-code-details': 'request_payload_too_large',
  'x-envoy-response-code-details': 'direct_response',
  'x-envoy-response-flags': 'NR',
  'x-envoy-overloaded': 'true',
  'x-envoy-ratelimited': 'true',
  'x-envoy-immediate-health-check-fail': 'true',
  'x-envoy-local-overloaded': 'true',
  release: 'skip',
  'envoy.filters.http.ext_authz': '{"release":"skip"}',
};

const undecided = {
  'envoy.filters.http.ext_authz': {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
    disabled: true,
  },
};

function respond({ path }: Arrival, response: ServerResponse): boolean {
  const status = Number(/[0-9]{3}$/.exec(path)?.[0] ?? 200);
  if (path.startsWith('/masked/reset')) response.destroy();
  else response.writeHead(status, faked).end(customer);
  return true;
}

const stack: Stack = await startStack(t, {
  policy: await threatPolicy(t),
  respond,
  envoyPatch(config) {
    addRoute(config, { name: 'undecided', match: { prefix: '/undecided' }, typed_per_filter_config: undecided });
    addRoute(config, {
      name: 'direct',
      match: { prefix: '/open/direct' },
      route: undefined,
      direct_response: { status: 418, body: { inline_string: 'by Envoy' } },
    });
    // A header that Envoy's configuration adds to its own replies: none that the list has.
    config.setIn(
      [...manager, 'local_reply_config'],
      config.createNode({
        mappers: [
          {
            filter: {
              status_code_filter: { comparison: { op: 'GE', value: { default_value: 400, runtime_key: 'x' } } },
            },
            headers_to_add: [{ header: { key: 'x-internal', value: 'cell-7' } }],
          },
        ],
      }),
    );
  },
});

/** Entries of responses that name no decision. */
async function unasked() {
  return (await entriesOf(stack.log)).flatMap((entry) =>
    entry.kind === 'response' && entry.decision === undefined ? [entry] : [],
  );
}

const allowed = ['content-type', 'content-length', 'date', 'server', 'connection', 'retry-after', 'www-authenticate'];

t.test("threat 4: a body over the limit: Envoy's 413 passes, stripped, and is entered", async (t) => {
  const { status, headers } = await stack.request({ path: '/open/large', body: Buffer.alloc(300_000, 'x') });
  t.equal(status, 413);
  t.same(
    Object.keys(headers).filter((name) => !allowed.includes(name) && name !== 'transfer-encoding'),
    [],
  );
  t.equal(stack.arrivals.length, 0);
  t.match(await unasked(), [{ status: 413, outcome: 'local', detail: 'request_payload_too_large' }]);
});

t.test("threat 4: a bad token: jwt_authn's 401 passes, stripped, and is entered", async (t) => {
  const token = (await stack.idp.token('reporting-agent', 'api')).slice(0, -3);
  const { status, headers } = await stack.request({ path: '/open/token', token });
  t.equal(status, 401);
  t.ok(headers['www-authenticate'], 'what the caller needs stays');
  t.notOk(headers['x-internal']);
  const [, entry] = await unasked();
  t.match(entry, { status: 401, outcome: 'local', detail: /^jwt_authn_access_denied/ });
  t.notOk(JSON.stringify(entry).includes(token.slice(-20)));
});

t.test(
  "threat 4: an allowed request whose upstream breaks off: Envoy's 503 is entered under its decision",
  async (t) => {
    const { status, headers, body } = await stack.request({ path: '/masked/reset' });
    t.equal(status, 503);
    t.notOk(headers['x-internal']);
    t.same(shown(body), []);
    const trail: Trail = trailIn(await entriesOf(stack.log), '/masked/reset');
    t.match(trail.responses, [{ status: 503, outcome: 'local', detail: /^upstream_reset/ }]);
  },
);

t.test('threat 4: a direct response of a route passes and is entered', async (t) => {
  const { status, body } = await stack.request({ path: '/open/direct' });
  t.equal(status, 418);
  t.equal(body.toString(), 'by Envoy');
  const { responses } = trailIn(await entriesOf(stack.log), '/open/direct');
  t.match(responses, [{ status: 418, outcome: 'local', detail: 'direct_response' }]);
});

for (const status of [200, 401, 413, 429, 503])
  t.test(
    `threat 4: an upstream answers ${status} without our decision, and claims to be Envoy: withheld`,
    async (t) => {
      const before = (await entriesOf(stack.log)).filter(({ kind }) => kind === 'deviation').length;
      const answer = await stack.request({ path: `/undecided/${status}` });
      t.equal(answer.status, 502);
      t.match(JSON.parse(answer.body.toString('utf8')), { type: /release-unknown$/ });
      t.same(shown(answer.body), []);
      t.same(
        Object.keys(answer.headers).filter((name) => name in faked && !['server', 'content-type'].includes(name)),
        [],
      );
      const entries = await entriesOf(stack.log);
      const deviations = entries.flatMap((entry) => (entry.kind === 'deviation' ? [entry] : []));
      t.equal(deviations.length, before + 1);
      t.match(deviations.at(-1), { state: 'opened', what: 'response without decision' });
      t.match(
        entries.findLast(({ kind }) => kind === 'response'),
        { status, outcome: 'refused', detail: 'release_unknown' },
      );
    },
  );

t.test('threat 4: where it was decided, claiming to be Envoy changes nothing: it is masked', async (t) => {
  for (const status of [200, 413, 503]) {
    const answer = await stack.request({ path: `/masked/${status}` });
    t.equal(answer.status, status);
    t.notOk(shown(answer.body).includes('078-05-1120'));
    const { responses } = trailIn(await entriesOf(stack.log), `/masked/${status}`);
    t.match(responses, [{ status, outcome: 'complete', masks: [{ rule: 'threats/ssn', count: 1 }] }]);
  }
});

t.test('threat 4: the log with all of these verifies', async (t) => {
  t.same(await findingsOf(stack.log), []);
});
