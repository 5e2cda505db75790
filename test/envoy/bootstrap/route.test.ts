import t from 'tap';
import { judgeRepeats, judgeRoute } from '../../../plugin/envoy/bootstrap/route.ts';
import type { JsonObject } from '../../../plugin/request.ts';

const perFilter = (settings: JsonObject) => ({ typed_per_filter_config: { 'envoy.filters.http.ext_authz': settings } });
const hides = { check_settings: { disable_request_body_buffering: true } };

t.test('what repeats a request is named once for each', async (t) => {
  t.same(judgeRepeats('here', {}), []);
  for (const key of ['retry_policy', 'retry_policy_typed_config', 'hedge_policy', 'request_mirror_policies']) {
    t.match(judgeRepeats('here', { [key]: {} }), [{ check: 'repeats', where: 'here', message: new RegExp(key) }]);
    t.match(judgeRoute('here', { route: { [key]: {} } }), [{ check: 'repeats' }]);
  }
});

t.test('a route that hides bodies is named, wrapped or not, unless it is a tunnel', async (t) => {
  t.match(judgeRoute('here', perFilter(hides)), [{ check: 'unseen-body' }]);
  t.match(judgeRoute('here', perFilter({ config: hides })), [{ check: 'unseen-body' }]);
  const tunnel = { ...hides.check_settings, context_extensions: { 'countersign.route': 'tunnel' } };
  t.same(judgeRoute('here', perFilter({ check_settings: tunnel })), []);
});

t.test('a filter that a route disables is named', async (t) => {
  t.match(judgeRoute('here', perFilter({ disabled: true })), [{ check: 'disabled-by-route' }]);
  t.same(judgeRoute('here', perFilter({ disabled: false })), []);
});
