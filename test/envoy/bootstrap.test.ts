import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseYaml } from '../../plugin/config.ts';
import { inspectBootstrap } from '../../plugin/envoy/bootstrap.ts';
import type { Json } from '../../plugin/request.ts';

const good = readFileSync(new URL('../../examples/quickstart/envoy.yaml', import.meta.url), 'utf8');
const inspect = (text: string) => inspectBootstrap(parseYaml(text, 'envoy.yaml') as Json).map(({ check }) => check);

/** The quick start's configuration with one edit, which must really change it. */
function edited(pattern: RegExp, replacement: string): string {
  const text = good.replace(pattern, replacement);
  if (text === good) throw new Error(`${pattern} is not in the quick start's envoy.yaml`);
  return text;
}

t.test('nothing is found in the quick start', async (t) => {
  t.same(inspect(good), []);
});

t.test('each unsafe setting is named', async (t) => {
  const route = /route: \{ ?cluster: upstream,/;
  const rows: readonly (readonly [string, string])[] = [
    ['repeats', edited(route, 'route: { retry_policy: { retry_on: 5xx }, cluster: upstream,')],
    ['repeats', edited(route, 'route: { hedge_policy: { hedge_on_per_try_timeout: true }, cluster: upstream,')],
    ['repeats', edited(route, 'route: { request_mirror_policies: [ { cluster: shadow } ], cluster: upstream,')],
    [
      'repeats',
      edited(/name: edge\n( +)# Responses/, 'name: edge\n$1request_mirror_policies: [{ cluster: x }]\n$1# R'),
    ],
    ['repeats', edited(route, 'route: { weighted_clusters: { clusters: [{ retry_policy: {} }] }, cluster: upstream,')],
    [
      'repeats',
      edited(
        /- name: upstream\n/,
        '- name: upstream\n      typed_extension_protocol_options: { http: { retry_policy: { retry_on: 5xx } } }\n',
      ),
    ],
    ['request-trailers', edited(/request_trailers_mutations:/, 'request_mutations:')],
    ['request-trailers', edited(/regex: "\.\*"/, 'regex: "x-.*"')],
    ['failure-mode-allow', edited(/failure_mode_allow: false/, 'failure_mode_allow: true')],
    ['status-on-error', edited(/status_on_error:.*/, '')],
    ['full-duplex', edited(/response_body_mode: FULL_DUPLEX_STREAMED/, 'response_body_mode: STREAMED')],
    ['local-replies', edited(/response\.code_details/, 'response.code')],
    ['hold-request-timeout', edited(/request_timeout: 0s/, 'request_timeout: 15s')],
    ['hold-retry', edited(/max_interval:.*/, '')],
    ['remote-address', edited(/use_remote_address: true/, 'use_remote_address: false')],
    ['partial-body', edited(/allow_partial_message: false/, 'allow_partial_message: true')],
    ['raw-headers', edited(/encode_raw_headers: true/, 'encode_raw_headers: false')],
    ['guard', edited(/key: grpc-status/g, 'key: x-status')],
    ['pack-as-bytes', edited(/pack_as_bytes: true/, 'pack_as_bytes: false')],
    [
      'unseen-body',
      edited(
        /check_settings:/,
        'check_settings:\n                                disable_request_body_buffering: true',
      ),
    ],
    [
      'cache',
      edited(
        /- name: envoy\.filters\.http\.router/,
        '- name: cache\n                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cache.v3.CacheConfig}\n                  - name: envoy.filters.http.router',
      ),
    ],
    ['no-edge', 'static_resources: {}'],
  ];
  for (const [check, text] of rows) t.ok(inspect(text).includes(check), check);
});
