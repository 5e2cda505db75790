import t from 'tap';
import { judgeEdgeRepeats, judgePerRoute, judgeRepeats } from '../../../plugin/envoy/bootstrap/route.ts';
import type { JsonObject } from '../../../plugin/request.ts';

const authz = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute';
const perFilter = (settings: JsonObject) => ({
  routes: [{ name: 'a', typed_per_filter_config: { 'envoy.filters.http.ext_authz': { '@type': authz, ...settings } } }],
});
const edge = (hcm: JsonObject) => ({ where: 'here', hcm, filters: [], authz: undefined, release: undefined });

t.test('what repeats a request is named once for each', async (t) => {
  t.same(judgeRepeats('here', {}), []);
  for (const key of ['retry_policy', 'retry_policy_typed_config', 'hedge_policy', 'request_mirror_policies']) {
    t.match(judgeRepeats('here', { [key]: {} }), [{ check: 'repeats', where: 'here', message: new RegExp(key) }]);
    const found = judgeEdgeRepeats(
      edge({ route_config: { virtual_hosts: [{ name: 'all', routes: [{ route: { [key]: {} } }] }] } }),
    );
    t.match(found, [{ check: 'repeats', where: 'here, host all, route 0' }]);
    t.equal(found.length, 1);
  }
});

t.test('retries of calls to other services are no repeats, headers that ask for them are', async (t) => {
  for (const part of ['http_filters', 'access_log', 'tracing'])
    t.same(judgeEdgeRepeats(edge({ [part]: [{ grpc_service: { retry_policy: {} } }] })), [], part);
  const adds = (key: string) => judgeEdgeRepeats(edge({ http_filters: [{ append: { header: { key } } }] }));
  for (const key of [
    'x-envoy-retry-on',
    'X-Envoy-Retry-Grpc-On',
    'x-envoy-retriable-status-codes',
    'x-envoy-max-retries',
    'x-envoy-hedge-on-per-try-timeout',
  ])
    t.match(adds(key), [{ check: 'repeats', message: new RegExp(key) }]);
  t.same(adds('x-envoy-other'), []);
});

t.test('a route that hides bodies is named, unless it is a tunnel', async (t) => {
  const hides = { disable_request_body_buffering: true };
  t.match(judgePerRoute(perFilter({ check_settings: hides })), [{ check: 'unseen-body', where: 'route a' }]);
  const tunnel = { ...hides, context_extensions: { 'countersign.route': 'tunnel' } };
  t.same(judgePerRoute(perFilter({ check_settings: tunnel })), []);
});

t.test('a filter that a route disables is named once, of whatever type', async (t) => {
  t.strictSame(
    judgePerRoute(perFilter({ disabled: true })).map((it) => it.check),
    ['disabled-by-route'],
  );
  t.strictSame(
    judgePerRoute(perFilter({ '@type': 'x.Other', disabled: true })).map((it) => it.check),
    ['disabled-by-route'],
  );
  t.same(judgePerRoute(perFilter({ disabled: false })), []);
});

t.test('settings of a filter count wherever they stand', async (t) => {
  t.match(judgePerRoute({ a: [{ b: { '@type': authz, disabled: true } }] }), [
    { check: 'disabled-by-route', where: 'this file' },
  ]);
});
