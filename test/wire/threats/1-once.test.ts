/** Threat 1: Envoy's router repeats a request that was allowed once. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type Document, parse, parseDocument } from 'yaml';
import { inspectBootstrap } from '../../../plugin/envoy/bootstrap.ts';
import type { Json } from '../../../plugin/request.ts';
import { entriesOfKind } from '../fixture/entries.ts';
import { type StackOptions, startStack } from '../fixture/stack.ts';
import { startStub } from '../fixture/stub.ts';
import { headerNames, host, manager, threatPolicy } from '../fixture/threats.ts';

/** What a caller asks the router for. */
const asks = {
  'x-envoy-retry-on': '5xx,gateway-error,reset,retriable-status-codes,retriable-headers',
  'x-envoy-retry-grpc-on': 'internal,unavailable',
  'x-envoy-max-retries': '3',
  'x-envoy-retriable-status-codes': '500',
  'x-envoy-retriable-header-names': 'x-again',
  'x-envoy-hedge-on-per-try-timeout': 'true',
  'x-envoy-upstream-rq-timeout-ms': '5000',
  'x-envoy-upstream-rq-per-try-timeout-ms': '1000',
  'x-envoy-upstream-rq-timeout-alt-response': '1',
  'x-envoy-upstream-stream-duration-ms': '5000',
  'x-envoy-is-timeout-retry': '1',
} as const;

/** The upstream executes, and says that it failed; the loopback, where the caller is, counts as internal. */
const attack: StackOptions = {
  respond: (_, response) => {
    response.writeHead(500, { 'x-again': '1' }).end('executed, and failed');
    return true;
  },
  envoyPatch: (config) =>
    config.setIn(
      [...manager, 'internal_address_config'],
      config.createNode({ cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] }),
    ),
};
const ask = { path: '/open/once', headers: asks, body: { execute: 'once' } };

t.test('threat 1: where the headers are let through, the router executes four times', async (t) => {
  const stack = await startStack(t, { ...attack, start: false });
  const stub = await startStub(stack, 'before the headers');
  t.teardown(() => stub.drain(0));
  await stack.startEnvoy();
  await stack.request(ask);
  t.equal(stack.arrivals.length, 4);
});

t.test('threat 1: a caller asks the router to repeat, and the upstream executes once', async (t) => {
  const stack = await startStack(t, { ...attack, policy: await threatPolicy(t) });
  const { status, body } = await stack.request(ask);
  t.equal(status, 500);
  t.equal(body.toString(), 'executed, and failed');
  t.equal(stack.arrivals.length, 1);
  const arrived = headerNames(stack.arrivals[0]);
  t.same(
    Object.keys(asks).filter((name) => arrived.includes(name)),
    [],
    'none of them reaches the upstream',
  );
  t.match(await entriesOfKind(stack.log, 'response'), [{ status: 500, outcome: 'complete' }]);
});

const policies = {
  retry_policy: { retry_on: '5xx' },
  hedge_policy: { hedge_on_per_try_timeout: true },
  request_mirror_policies: [{ cluster: 'upstream' }],
} as const;
const places = {
  route: [...host, 'routes', 1, 'route'],
  'virtual host': host,
  'route configuration': [...manager, 'route_config'],
  'cluster of the upstream': ['static_resources', 'clusters', 2, 'typed_extension_protocol_options', 'http'],
} as const;
const quickstart = await readFile(new URL('../../../examples/quickstart/envoy.yaml', import.meta.url), 'utf8');

for (const [name, policy] of Object.entries(policies))
  for (const [place, path] of Object.entries(places)) {
    t.test(`threat 1: envoy check refuses ${name} of a ${place}`, async (t) => {
      const config: Document = parseDocument(quickstart);
      config.setIn([...path, name], config.createNode(policy));
      const findings = inspectBootstrap(parse(config.toString()) as Json);
      t.match(findings, [{ check: 'repeats', message: new RegExp(name) }]);
    });
  }

t.test('threat 1: envoy check says so on the command line, and by its exit status', async (t) => {
  const stack = await startStack(t, { start: false });
  const file = join(stack.folder, 'repeats.yaml');
  const config: Document = parseDocument(quickstart);
  config.setIn([...(places.route ?? []), 'retry_policy'], config.createNode(policies.retry_policy));
  await writeFile(file, config.toString());
  const { code, stdout } = await stack.cli(['envoy', 'check', file]);
  t.equal(code, 1);
  t.match(stdout, /retry_policy.*\[repeats\]/);
});
