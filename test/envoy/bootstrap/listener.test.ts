import t from 'tap';
import { judgeListeners, judgeUnseen, manager } from '../../../plugin/envoy/bootstrap/listener.ts';
import type { Json } from '../../../plugin/request.ts';

const http = { typed_config: { '@type': manager } };
const other = { typed_config: { '@type': 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy' } };
const listeners = (...its: Json[]) => ({ static_resources: { listeners: its } });

t.test('each chain of a listener must end in an HTTP connection manager', async (t) => {
  const chain = { filters: [other, http] };
  t.same(judgeListeners(listeners({ filter_chains: [chain], default_filter_chain: chain })), []);
  t.same(judgeListeners(listeners({ api_listener: { api_listener: http.typed_config } })), []);
  const rows: readonly Json[] = [
    { name: 'a', filter_chains: [chain, { filters: [http, other] }] },
    { name: 'a', filter_chains: [chain], default_filter_chain: { filters: [other] } },
    { name: 'a', filter_chains: [{ filters: [] }] },
    { name: 'a', filter_chains: [] },
    { name: 'a' },
  ];
  for (const row of rows)
    t.match(judgeListeners(listeners(row)), [{ check: 'other-listener', where: 'listener a' }], JSON.stringify(row));
});

t.test('what comes from elsewhere is named as unseen', async (t) => {
  const edge = { where: 'here', filters: [], authz: undefined, release: undefined };
  t.same(judgeUnseen({}, [{ ...edge, hcm: { route_config: {}, http_filters: [{}] } }]), []);
  for (const hcm of [
    { rds: {} },
    { scoped_routes: {} },
    { route_config: { vhds: {} } },
    { http_filters: [{ config_discovery: {} }] },
  ])
    t.match(judgeUnseen({}, [{ ...edge, hcm }]), [{ check: 'unseen', where: 'here' }], JSON.stringify(hcm));
  t.match(judgeUnseen({ dynamic_resources: { lds_config: {} } }, []), [{ check: 'unseen' }]);
});
