import t from 'tap';
import { clashes, normalize } from '../../../plugin/envoy/bootstrap/normal.ts';

t.test('a document is read as Envoy reads it', async (t) => {
  const rows = [
    ['names of fields', { retryPolicy: { retryOn: 'x' } }, { retry_policy: { retry_on: 'x' } }],
    ['keys of an operator', { contextExtensions: { aB: null } }, { context_extensions: { aB: null } }],
    ['names of filters', { typedPerFilterConfig: { aB: { cD: 1 } } }, { typed_per_filter_config: { aB: { c_d: 1 } } }],
    ['null', { disabled: null }, {}],
    ['words', { disabled: 'true', failureModeAllow: 'No' }, { disabled: true, failure_mode_allow: false }],
    ['no other words', { disabled: 'maybe', name: 'true' }, { disabled: 'maybe', name: 'true' }],
    ['wrapped booleans', { useRemoteAddress: { value: 'true' } }, { use_remote_address: true }],
    ['types', { '@type': 'type.googleapis.com/a.B' }, { '@type': 'a.B' }],
    [
      'TypedStruct',
      [{ '@type': 'h/xds.type.v3.TypedStruct', typeUrl: 'h/a.B', value: { cD: 1, '@type': 'x' } }],
      [{ '@type': 'a.B', c_d: 1 }],
    ],
    [
      'FilterConfig',
      {
        '@type': 'h/envoy.config.route.v3.FilterConfig',
        disabled: true,
        config: { '@type': 'h/a.B', disabled: false },
      },
      { '@type': 'a.B', disabled: true },
    ],
    [
      'FilterConfig of nothing',
      { '@type': 'h/envoy.config.route.v3.FilterConfig', disabled: true },
      { '@type': 'envoy.config.route.v3.FilterConfig', disabled: true },
    ],
  ] as const;
  for (const [title, written, read] of rows) t.strictSame(normalize(written), read, title);
});

t.test('a field in two spellings is named, a key of an operator is not', async (t) => {
  t.strictSame(clashes([{ a: { bC: 1, b_c: 2 } }]), ['b_c']);
  t.strictSame(clashes({ json_format: { bC: 1, b_c: 2 } }), []);
  t.strictSame(clashes({ typed_per_filter_config: { bC: {}, b_c: { dE: 1, d_e: 1 } } }), ['d_e']);
});
