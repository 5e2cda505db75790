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
    ['status-on-error', edited(/status_on_error: \{ code: ServiceUnavailable \}/, 'status_on_error: { code: OK }')],
    ['no-edge', 'static_resources: {}'],
  ];
  for (const [check, text] of rows) t.ok(inspect(text).includes(check), check);
});

/** The quick start's configuration with an edit of what is parsed; an edit takes and changes the place that it names. */
function changed(edit: (places: ReturnType<typeof placesOf>) => void): Json {
  const document = parseYaml(good, 'envoy.yaml');
  const before = JSON.stringify(document);
  edit(placesOf(document));
  if (JSON.stringify(document) === before) throw new Error(`${edit} changes nothing`);
  return document as Json;
}

// biome-ignore lint/suspicious/noExplicitAny: a parsed document is edited, in whatever way a row wants.
type Loose = any;

function placesOf(document: Loose) {
  const bootstrap = document.static_resources;
  const chain = bootstrap.listeners[0].filter_chains[0];
  const hcm = chain.filters[0].typed_config;
  const filter = (name: string): Loose =>
    hcm.http_filters.find((it: Loose) => it.name === `envoy.filters.http.${name}`);
  const cluster = bootstrap.clusters.find((it: Loose) => it.name === 'countersign_proc');
  return {
    document,
    bootstrap,
    chain,
    hcm,
    filter,
    authz: filter('ext_authz').typed_config,
    matched: filter('ext_proc').typed_config,
    proc: filter('ext_proc').typed_config.extension_config.typed_config,
    host: hcm.route_config.virtual_hosts[0],
    route: hcm.route_config.virtual_hosts[0].routes[0],
    guard:
      cluster.typed_extension_protocol_options['envoy.extensions.upstreams.http.v3.HttpProtocolOptions']
        .http_filters[0],
  };
}

const any = (type: string, settings: object) => ({ '@type': `type.googleapis.com/${type}`, ...settings });
const authzRoute = (settings: object) => any('envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute', settings);
const procRoute = (settings: object) => any('envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute', settings);
const wrapped = (settings: object) => any('envoy.config.route.v3.FilterConfig', settings);
const struct = ({ '@type': type, ...value }: Loose, package_ = 'xds.type.v3') =>
  any(`${package_}.TypedStruct`, { type_url: type, value });
const setRoute = (route: Loose, name: string, settings: object) => {
  route.typed_per_filter_config[`envoy.filters.http.${name}`] = settings;
};
const router = any('envoy.extensions.filters.http.router.v3.Router', {});
const tcpProxy = any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
  stat_prefix: 't',
  cluster: 'upstream',
});
const skip = any('envoy.extensions.filters.common.matcher.action.v3.SkipFilter', {});
const always = { on_no_match: { action: { name: 'skip', typed_config: skip } } };
const retryHeader = { header: { key: 'X-Envoy-Retry-On', value: '5xx' } };
const append = (it: ReturnType<typeof placesOf>, part: 'response_mutations' | 'response_trailers_mutations') =>
  it.guard.typed_config.mutations[part][0].append;

type Edit = Parameters<typeof changed>[0];

/** What an attacker found: each was a configuration in which something passed, and nothing was found. */
const holes: readonly (readonly [string, string, Edit])[] = [
  // The filters do not always run, or do not mean it.
  [
    'more-than-one',
    'ext_authz',
    ({ hcm, authz }) => hcm.http_filters.unshift({ name: 'a', typed_config: { ...authz } }),
  ],
  ['more-than-one', 'ext_proc', ({ hcm, matched }) => hcm.http_filters.push({ name: 'a', typed_config: matched })],
  ['unknown-setting', 'shadow mode', ({ authz }) => Object.assign(authz, { shadow_mode: true })],
  ['ext-authz-missing', 'ext_authz off', ({ filter }) => Object.assign(filter('ext_authz'), { disabled: true })],
  [
    'ext-authz-missing',
    'ext_authz off in words',
    ({ filter }) => Object.assign(filter('ext_authz'), { disabled: 'yes' }),
  ],
  ['ext-authz-missing', 'optional', ({ filter }) => Object.assign(filter('ext_authz'), { is_optional: true })],
  ['ext-proc-missing', 'ext_proc off', ({ filter }) => Object.assign(filter('ext_proc'), { disabled: true })],
  ['ext-proc-missing', 'observing', ({ proc }) => Object.assign(proc, { observabilityMode: true })],
  ['request-trailers', 'trailers', ({ filter }) => Object.assign(filter('header_mutation'), { disabled: true })],
  [
    'request-trailers',
    'trailers removed on a match',
    ({ filter }) => {
      const it = filter('header_mutation');
      it.typed_config = any('envoy.extensions.common.matching.v3.ExtensionWithMatcher', {
        extension_config: { name: it.name, typed_config: it.typed_config },
        xds_matcher: always,
      });
    },
  ],
  ['unknown-setting', 'filter_enabled', ({ authz }) => Object.assign(authz, { filter_enabled: {} })],
  ['unknown-setting', 'its metadata', ({ authz }) => Object.assign(authz, { filterEnabledMetadata: { filter: 'x' } })],
  ['unknown-setting', 'allowed_headers', ({ authz }) => Object.assign(authz, { allowed_headers: {} })],
  ['unknown-setting', 'disallowed_headers', ({ authz }) => Object.assign(authz, { disallowed_headers: {} })],
  ['unknown-setting', 'mutation rules', ({ authz }) => Object.assign(authz, { decoder_header_mutation_rules: {} })],
  ['unknown-setting', 'http_service', ({ authz }) => Object.assign(authz, { http_service: {} })],
  ['unknown-setting', 'mode override', ({ proc }) => Object.assign(proc, { allow_mode_override: true })],
  ['unknown-setting', 'no 502', ({ proc }) => Object.assign(proc, { disable_immediate_response: true })],
  ['unknown-setting', 'no changes', ({ proc }) => Object.assign(proc.mutation_rules, { disallow_all: true })],
  ['full-duplex', 'no headers', ({ proc }) => Object.assign(proc.processing_mode, { response_header_mode: 'SKIP' })],
  ['full-duplex', 'no trailers', ({ proc }) => Object.assign(proc.processing_mode, { response_trailer_mode: 'SKIP' })],
  // Matchers.
  ['matcher', 'always skip', ({ matched }) => Object.assign(matched, { xds_matcher: always })],
  [
    'matcher',
    "a caller's header",
    ({ matched }) => {
      matched.xds_matcher.matcher_list.matchers[0].predicate.single_predicate = {
        input: {
          name: 'h',
          typed_config: any('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: 'x-skip' }),
        },
        value_match: { exact: '1' },
      };
    },
  ],
  [
    'matcher',
    'other metadata',
    ({ matched }) => {
      matched.xds_matcher.matcher_list.matchers[0].predicate.single_predicate.input.typed_config.filter = 'x';
    },
  ],
  ['matcher', 'and none', ({ matched }) => Object.assign(matched.xds_matcher, always)],
  ['matcher', 'deprecated', ({ matched }) => Object.assign(matched, { matcher: {} })],
  [
    'matcher',
    'around ext_authz',
    ({ filter, authz, matched }) => {
      filter('ext_authz').typed_config = {
        ...matched,
        extension_config: { name: 'envoy.filters.http.ext_authz', typed_config: authz },
      };
    },
  ],
  [
    'matcher',
    'of a route',
    ({ route }) =>
      setRoute(
        route,
        'ext_proc',
        any('envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute', { xds_matcher: always }),
      ),
  ],
  // Listeners and what is elsewhere.
  [
    'other-listener',
    'tcp_proxy',
    ({ chain }) => Object.assign(chain, { filters: [{ name: 't', typed_config: tcpProxy }] }),
  ],
  [
    'other-listener',
    'default chain',
    ({ bootstrap }) =>
      Object.assign(bootstrap.listeners[0], {
        defaultFilterChain: { filters: [{ name: 't', typedConfig: tcpProxy }] },
      }),
  ],
  ['other-listener', 'no chain', ({ bootstrap }) => bootstrap.listeners.push({ name: 'udp', listener_filters: [] })],
  ...['xds.type.v3', 'udpa.type.v1'].map(
    (package_) =>
      [
        'ext-authz-missing',
        `hidden in ${package_}`,
        ({ chain, hcm }: ReturnType<typeof placesOf>) => {
          const { http_filters: _, ...others } = hcm;
          const open = { ...others, http_filters: [{ name: 'r', typed_config: router }] };
          chain.filters[0].typed_config = struct(open, package_);
        },
      ] as const,
  ),
  ['upgrade-filters', 'own filters', ({ hcm }) => Object.assign(hcm, { upgrade_configs: [{ filters: [] }] })],
  ['unseen', 'rds', ({ hcm }) => Object.assign(hcm, { rds: { route_config_name: 'x' } })],
  ['unseen', 'scopes', ({ hcm }) => Object.assign(hcm, { scopedRoutes: { name: 's' } })],
  ['unseen', 'vhds', ({ hcm }) => Object.assign(hcm.route_config, { vhds: {} })],
  ['unseen', 'ecds', ({ filter }) => Object.assign(filter('jwt_authn'), { config_discovery: {} })],
  ['unseen', 'lds', ({ document }) => Object.assign(document, { dynamic_resources: { lds_config: { ads: {} } } })],
  // Settings of routes, wherever they stand.
  ['disabled-by-route', 'plain', ({ route }) => setRoute(route, 'ext_proc', procRoute({ disabled: true }))],
  ['disabled-by-route', 'ext_authz', ({ route }) => setRoute(route, 'ext_authz', authzRoute({ disabled: 'true' }))],
  ['disabled-by-route', 'wrapped', ({ route }) => setRoute(route, 'ext_authz', wrapped({ disabled: true }))],
  [
    'disabled-by-route',
    'ext_proc in FilterConfig',
    ({ route }) => setRoute(route, 'ext_proc', wrapped({ config: procRoute({ disabled: true }) })),
  ],
  [
    'disabled-by-route',
    'ext_authz in FilterConfig',
    ({ route }) => setRoute(route, 'ext_authz', wrapped({ config: authzRoute({ disabled: true }) })),
  ],
  [
    'disabled-by-route',
    'FilterConfig in TypedStruct',
    ({ route }) => setRoute(route, 'ext_authz', struct(wrapped({ config: authzRoute({ disabled: true }) }))),
  ],
  [
    'disabled-by-route',
    'host',
    ({ host }) => Object.assign(host, { typedPerFilterConfig: { a: procRoute({ disabled: true }) } }),
  ],
  [
    'disabled-by-route',
    'matcher tree',
    ({ host, route }) => {
      const settings = { 'envoy.filters.http.ext_authz': authzRoute({ disabled: true }) };
      const inner = any('envoy.config.route.v3.Route', { ...route, typed_per_filter_config: settings });
      host.matcher = { on_no_match: { action: { name: 'r', typed_config: inner } } };
      delete host.routes;
    },
  ],
  [
    'disabled-by-route',
    'scopes in the file',
    ({ hcm }) => {
      hcm.route_config.virtual_hosts[0].typed_per_filter_config = { a: authzRoute({ disabled: true }) };
      hcm.scoped_routes = {
        scoped_route_configurations_list: { scoped_route_configurations: [{ route_configuration: hcm.route_config }] },
      };
      delete hcm.route_config;
    },
  ],
  [
    'unknown-setting',
    'overrides',
    ({ route }) => setRoute(route, 'ext_proc', procRoute({ overrides: { failure_mode_allow: true } })),
  ],
  [
    'unknown-setting',
    'another service',
    ({ route }) => setRoute(route, 'ext_authz', authzRoute({ check_settings: { grpc_service: {} } })),
  ],
  ['unknown-setting', 'no type', ({ route }) => setRoute(route, 'ext_authz', any('google.protobuf.Struct', {}))],
  [
    'partial-body',
    'of a route',
    ({ route }) =>
      setRoute(
        route,
        'ext_authz',
        authzRoute({ check_settings: { with_request_body: { allow_partial_message: true } } }),
      ),
  ],
  [
    'pack-as-bytes',
    'of a route',
    ({ route }) => setRoute(route, 'ext_authz', authzRoute({ check_settings: { withRequestBody: {} } })),
  ],
  [
    'unseen-body',
    'in camel case',
    ({ route }) => setRoute(route, 'ext_authz', authzRoute({ checkSettings: { disableRequestBodyBuffering: 'true' } })),
  ],
  // Repeats.
  ['repeats', 'table', ({ hcm }) => Object.assign(hcm.route_config, { request_headers_to_add: [retryHeader] })],
  ['repeats', 'route', ({ route }) => Object.assign(route, { requestHeadersToAdd: [retryHeader] })],
  [
    'repeats',
    'filter',
    ({ filter }) =>
      Object.assign(filter('header_mutation').typed_config.mutations, { request_mutations: [{ append: retryHeader }] }),
  ],
  ['repeats', 'camel case', ({ route }) => Object.assign(route.route, { retryPolicy: { retryOn: '5xx' } })],
  ['repeats', 'matcher tree', ({ host }) => Object.assign(host, { matcher: { a: [{ b: { retry_policy: {} } }] } })],
  [
    'forged-metadata',
    'who',
    ({ hcm }) => hcm.http_filters.unshift({ a: { metadata_namespace: 'envoy.filters.http.jwt_authn' } }),
  ],
  // Spelling.
  [
    'failure-mode-allow',
    'camel case',
    ({ authz }) => {
      delete authz.failure_mode_allow;
      authz.failureModeAllow = true;
    },
  ],
  ['failure-mode-allow', 'a string', ({ authz }) => Object.assign(authz, { failure_mode_allow: 'true' })],
  ['failure-mode-allow', 'a word of YAML 1.1', ({ proc }) => Object.assign(proc, { failure_mode_allow: 'On' })],
  ['two-spellings', 'both', ({ authz }) => Object.assign(authz, { failureModeAllow: false })],
  ['status-on-error', 'null', ({ authz }) => Object.assign(authz, { status_on_error: null })],
  // The guard.
  ['guard', 'google_grpc', ({ proc }) => Object.assign(proc, { grpc_service: { google_grpc: { target_uri: 'x' } } })],
  ['guard', 'off', ({ guard }) => Object.assign(guard, { disabled: true })],
  ...(['response_mutations', 'response_trailers_mutations'] as const).flatMap((part) => [
    ...['0', '17', '%REQ(x)%'].map(
      (value) =>
        ['guard', `${part} ${value}`, (it: Places) => Object.assign(append(it, part).header, { value })] as const,
    ),
    ...['ADD_IF_ABSENT', 'APPEND_IF_EXISTS_OR_ADD', undefined].map(
      (append_action) =>
        [
          'guard',
          `${part} ${append_action}`,
          (it: Places) => Object.assign(append(it, part), { append_action }),
        ] as const,
    ),
  ]),
];
type Places = ReturnType<typeof placesOf>;

t.test('each hole that an attacker found is named', async (t) => {
  for (const [check, title, edit] of holes) {
    const found = inspectBootstrap(changed(edit)).map((it) => it.check);
    t.ok(found.includes(check), `${check}: ${title}`);
  }
});

t.test('another spelling of what is safe is as safe', async (t) => {
  const rows: readonly Edit[] = [
    ({ chain, hcm }) => {
      chain.filters[0].typed_config = struct(hcm);
    },
    ({ authz }) => {
      delete authz.encode_raw_headers;
      authz.encodeRawHeaders = 'true';
    },
    ({ hcm }) => Object.assign(hcm, { use_remote_address: { value: true } }),
    ({ authz }) => Object.assign(authz, { shadow_mode: null }),
    ({ filter }) => Object.assign(filter('ext_proc'), { disabled: 'false' }),
    ({ route }) => {
      const settings = route.typed_per_filter_config['envoy.filters.http.ext_authz'];
      setRoute(route, 'ext_authz', wrapped({ config: settings }));
    },
    ({ matched }) => {
      const word = (exact: string) => ({ string_match: { exact } });
      matched.xds_matcher.matcher_list.matchers[0].predicate.single_predicate.custom_match.typed_config.value = {
        or_match: { value_matchers: [word('skip'), word('tunnel')] },
      };
    },
    ({ filter }) => {
      const { typed_config: matched } = filter('ext_proc');
      filter('ext_proc').typed_config = matched.extension_config.typed_config;
    },
  ];
  for (const edit of rows) t.same(inspectBootstrap(changed(edit)), [], String(edit));
});
