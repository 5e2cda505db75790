/** Without a policy everything is denied; what is no Check and no Process message never turns into an allow. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { checkPath } from '../../plugin/envoy/authorize.ts';
import { processPath } from '../../plugin/envoy/process.ts';
import { checkBytes, decode, encode, headerMap } from '../envoy/wire.ts';
import { entriesOfKind, findingsOf, trailOf } from './fixture/entries.ts';
import { wirePolicy } from './fixture/policy.ts';
import { openRpc } from './fixture/rpc.ts';
import { customer, shown } from './fixture/secrets.ts';
import { type StackOptions, startStack } from './fixture/stack.ts';

const garbage = t.testdir({
  'text.tar.gz': 'no bundle',
  rego: { 'broken.rego': 'package envoy.authz\n\nallow := {' },
  empty: {},
});

const policies: readonly (readonly [what: string, options: StackOptions, code: string | null])[] = [
  ['no policy', { configPatch: (config) => config.deleteIn(['policy', 'source']) }, null],
  ['a bundle that is none', { policy: `${garbage}/text.tar.gz` }, 'policy_invalid'],
  ['Rego that does not compile', { policy: `${garbage}/rego` }, 'policy_invalid'],
  ['a folder without Rego', { policy: `${garbage}/empty` }, 'policy_invalid'],
  ['a bundle that is not there', { policy: `${garbage}/nowhere.tar.gz` }, 'policy_missing'],
];

for (const [what, options, code] of policies)
  t.test(`${what}: everything is denied, and health says so`, async (t) => {
    const stack = await startStack(t, { ...options, serving: false });
    for (const ask of [{ path: '/customers' }, { path: '/sql', body: { sql: 'SELECT 1' } }]) {
      const { status, headers, body } = await stack.request(ask);
      t.equal(status, 503);
      t.equal(headers['content-type'], 'application/problem+json');
      t.match(JSON.parse(body.toString('utf8')).type, /policy-missing$/);
    }
    t.equal(stack.arrivals.length, 0, 'nothing reached the upstream');
    t.equal(await openRpc(t, stack).health(), 'NOT_SERVING');
    const { status, body } = await stack.admin('plugin', '/healthz');
    t.equal(status, 503);
    t.match(JSON.parse(body.toString('utf8')), { serving: false, policy: null, log: 'open' });
    const refused = await entriesOfKind(stack.log, 'policy');
    t.match(refused, code === null ? [] : [{ action: 'refused', code }]);
    t.match((await trailOf(stack.log, '/customers')).decisions, [
      { verdict: 'deny', rule: 'countersign/policy_missing' },
    ]);
    t.same(await findingsOf(stack.log), []);
  });

t.test('with a policy', async (t) => {
  const stack = await startStack(t, { policy: await wirePolicy(t) });
  const rpc = openRpc(t, stack);
  t.equal(await rpc.health(), 'SERVING');

  const whole = checkBytes({ path: '/plain' });
  const checks: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['no bytes', Buffer.alloc(0)],
    ['random bytes', randomBytes(300)],
    ['one byte', Buffer.of(0xff)],
    ['text', Buffer.from('GET /plain HTTP/1.1')],
    ['the first half of a Check', whole.subarray(0, whole.length / 2)],
    ['a Check of a TCP connection', encode('CheckRequest', { attributes: { request: {} } })],
    ['a Check without a stream id', checkBytes({ id: '', path: '/plain' })],
    ['a Check without a method', checkBytes({ method: '', path: '/plain' })],
  ];
  for (const [what, bytes] of checks)
    t.test(`${what} for a Check is denied by an answer, not by an error`, async (t) => {
      const { code, answer } = await rpc.unary(checkPath, bytes);
      t.equal(code, 0, 'failure_mode_allow makes an allow of an error');
      const response = decode('CheckResponse', answer ?? Buffer.alloc(0));
      t.match(response, { status: { code: 7 }, deniedResponse: { status: { code: 'BadRequest' } } });
      t.notOk('okResponse' in response);
    });

  t.test('Checks that could not be read are entered', async (t) => {
    const deviations = await entriesOfKind(stack.log, 'deviation');
    t.equal(deviations.length, checks.length);
    for (const { what, detail } of deviations) {
      t.equal(what, 'unreadable check');
      t.match(detail, /^expected /);
    }
  });

  const head = (status: string) =>
    encode('ProcessingRequest', { responseHeaders: { headers: headerMap([':status', status]) } });
  const body = encode('ProcessingRequest', { responseBody: { body: Buffer.from('x'), endOfStream: true } });
  const streams: readonly (readonly [what: string, messages: readonly Buffer[]])[] = [
    ['no bytes', [Buffer.alloc(0)]],
    ['random bytes', [randomBytes(300)]],
    ['a head without a status', [encode('ProcessingRequest', { responseHeaders: {} })]],
    ['a status that is none', [head('2000')]],
    ['a body before its head', [body]],
    ['trailers before a head', [encode('ProcessingRequest', { responseTrailers: {} })]],
    ['a request', [encode('ProcessingRequest', { requestHeaders: { headers: headerMap([':method', 'GET']) } })]],
    ['a half-close', []],
  ];
  for (const [what, messages] of streams)
    t.test(`${what} on a release stream ends it with an error, never with success`, async (t) => {
      const { code, replies } = await rpc.stream(processPath, messages);
      t.not(code, 0);
      t.same(replies, []);
    });

  t.test('a response without our decision is withheld and entered as a deviation', async (t) => {
    const { replies } = await rpc.stream(processPath, [head('200')]);
    const [reply] = replies.map((bytes) => decode('ProcessingResponse', bytes));
    t.match(reply, { immediateResponse: { status: { code: 'BadGateway' } } });
    const deviations = await entriesOfKind(stack.log, 'deviation');
    t.ok(deviations.some(({ what }) => what === 'response without decision'));
  });

  t.test('the service lives on, and serves Envoy', async (t) => {
    t.equal((await stack.request({ path: '/plain' })).status, 404);
    t.equal(await rpc.health(), 'SERVING');
    t.equal(stack.plugin().ending(), null);
    t.same(await findingsOf(stack.log), []);
  });
});

t.test('a route that skips ext_authz: what the upstream says is withheld, what Envoy says passes', async (t) => {
  const stack = await startStack(t, {
    policy: await wirePolicy(t),
    respond(_, response) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(customer);
      return true;
    },
    envoyPatch(config) {
      const filter = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute';
      const off = { '@type': `type.googleapis.com/${filter}`, disabled: true };
      const routes = config.toJS().static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
      const index = routes.route_config.virtual_hosts[0].routes.findIndex(
        (one: { name: string }) => one.name === 'default',
      );
      const listener = ['static_resources', 'listeners', 0, 'filter_chains', 0, 'filters', 0, 'typed_config'];
      const route = [...listener, 'route_config', 'virtual_hosts', 0, 'routes', index];
      config.setIn([...route, 'typed_per_filter_config'], config.createNode({ 'envoy.filters.http.ext_authz': off }));
    },
  });
  const { status, body } = await stack.request({ path: '/masked' });
  t.equal(stack.arrivals.length, 1, 'it was asked without a decision');
  t.equal(status, 502);
  t.same(shown(body), []);
  t.match(await entriesOfKind(stack.log, 'deviation'), [{ what: 'response without decision' }]);
  const large = await stack.request({ path: '/sql', body: 'x'.repeat(300_000) });
  t.equal(large.status, 413, "Envoy's own refusal, made before any Check");
  t.match((await entriesOfKind(stack.log, 'response')).at(-1), { status: 413, outcome: 'local' });
});
