import t from 'tap';
import { judgeGuard } from '../../../plugin/envoy/bootstrap/guard.ts';
import type { Json, JsonObject } from '../../../plugin/request.ts';

const edge = {
  where: 'here',
  hcm: {},
  filters: [],
  authz: undefined,
  release: { grpc_service: { envoy_grpc: { cluster_name: 'proc' } } },
};
const status = (append: JsonObject = {}, value = '13') => [
  { append: { header: { key: 'grpc-status', value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD', ...append } },
];
const both = { response_mutations: status(), response_trailers_mutations: status() };
const filter = (mutations: Json) => ({
  typed_config: { '@type': 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', mutations },
});
const document = (...filters: Json[]) => ({
  static_resources: {
    clusters: [
      {
        name: 'proc',
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': { http_filters: filters },
        },
      },
    ],
  },
});

t.test('a clean end must be turned into an error in headers and in trailers', async (t) => {
  t.same(judgeGuard(document(filter(both)), edge), []);
  for (const part of [{}, { response_mutations: status() }, { response_trailers_mutations: status() }])
    t.match(judgeGuard(document(filter(part)), edge), [{ check: 'guard', where: 'cluster proc' }]);
});

t.test('a guard that is off, does not overwrite, or is undone is none', async (t) => {
  const rows: readonly Json[][] = [
    [{ ...filter(both), disabled: true }],
    [{ ...filter(both), is_optional: true }],
    [filter({ ...both, response_mutations: status({ append_action: 'ADD_IF_ABSENT' }) })],
    [filter({ ...both, response_trailers_mutations: status({ append_action: 'OVERWRITE_IF_EXISTS' }) })],
    [filter({ ...both, response_trailers_mutations: status({ append: { value: false } }) })],
    [filter({ ...both, response_mutations: status({}, '0') })],
    [filter({ ...both, response_mutations: [...status(), ...status({}, '0')] })],
    [filter(both), filter({ response_trailers_mutations: status({}, '0') })],
  ];
  for (const filters of rows)
    t.match(judgeGuard(document(...filters), edge), [{ check: 'guard' }], JSON.stringify(filters));
});

t.test('a service that can not be guarded or judged is named', async (t) => {
  t.match(judgeGuard({}, edge), [{ check: 'guard', message: /not in this file/ }]);
  t.match(judgeGuard({}, { ...edge, release: { grpc_service: { google_grpc: {} } } }), [{ check: 'guard' }]);
  t.same(judgeGuard({}, { ...edge, release: undefined }), [], 'another check says that there is no release');
});
