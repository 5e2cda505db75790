import t from 'tap';
import { judgeGuard } from '../../../plugin/envoy/bootstrap/guard.ts';
import type { Json } from '../../../plugin/request.ts';

const edge = {
  where: 'here',
  hcm: {},
  filters: [],
  authz: undefined,
  release: { grpc_service: { envoy_grpc: { cluster_name: 'proc' } } },
};
const append = [{ append: { header: { key: 'grpc-status', value: '13' } } }];
const document = (mutations: Json) => ({
  static_resources: {
    clusters: [
      {
        name: 'proc',
        filter: { '@type': 'x/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', mutations },
      },
    ],
  },
});

t.test('a clean end must be turned into an error in headers and in trailers', async (t) => {
  const both = { response_mutations: append, response_trailers_mutations: append };
  t.same(judgeGuard(document(both), edge), []);
  for (const part of [{}, { response_mutations: append }, { response_trailers_mutations: append }])
    t.match(judgeGuard(document(part), edge), [{ check: 'guard', where: 'cluster proc' }]);
});

t.test('a cluster that is elsewhere can not be judged, and is named', async (t) => {
  t.match(judgeGuard({}, edge), [{ check: 'guard', message: /not in this file/ }]);
  t.same(judgeGuard({}, { ...edge, release: undefined }), [], 'another check says that there is no release');
});
