import type { Json, JsonObject } from '../request.ts';

/** One unsafe setting of an Envoy configuration. */
export interface Finding {
  /** Name of the check, stable. */
  readonly check: string;
  /** Where it stands: listener, virtual host and route, or cluster. */
  readonly where: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

const authz = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz';
const proc = 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor';
const matching = 'envoy.extensions.common.matching.v3.ExtensionWithMatcher';
const manager = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** An HTTP connection manager with the two filters of ours that stand in it. */
interface Edge {
  readonly where: string;
  readonly hcm: JsonObject;
  /** Filters in order, unwrapped from their matchers. */
  readonly filters: readonly JsonObject[];
  readonly authz: JsonObject | undefined;
  readonly release: JsonObject | undefined;
}

/**
 * Reads a bootstrap document (YAML or JSON, parsed) and names every setting that leaves a hole, by the checks below.
 * An empty list means that none of them found anything; it says nothing of what Envoy gets by xDS.
 */
export function inspectBootstrap(document: Json): readonly Finding[] {
  const edges = edgesOf(document);
  if (edges.length === 0)
    return [
      {
        check: 'no-edge',
        where: 'static_resources',
        message: 'no HTTP connection manager was found: give a bootstrap file with static listeners',
      },
    ];
  return [
    ...edges.flatMap((edge) =>
      edgeChecks.flatMap(([check, judge]) => judge(edge).map((message) => ({ check, where: edge.where, message }))),
    ),
    ...edges.flatMap((edge) => routesOf(edge).flatMap(({ where, route }) => judgeRoute(where, route))),
    ...edges.flatMap((edge) => judgeCluster(document, edge)),
    ...upstreams(document, edges).flatMap(({ name, typed_extension_protocol_options: options }) =>
      find(options, () => true).flatMap((it) => judgeRepeats(`cluster ${String(name ?? '')}`, it)),
    ),
  ];
}

type Judge = (edge: Edge) => readonly string[];

const edgeChecks: readonly (readonly [string, Judge])[] = [
  ['ext-authz-missing', ({ authz }) => (authz ? [] : ['ext_authz is not among the filters: nothing is decided here'])],
  [
    'ext-proc-missing',
    ({ release }) => (release ? [] : ['ext_proc is not among the filters: no response is masked or recorded here']),
  ],
  [
    'order',
    ({ filters, authz, release }) =>
      authz && release && filters.indexOf(authz) > filters.indexOf(release)
        ? ['ext_proc stands before ext_authz: put ext_authz first']
        : [],
  ],
  [
    'failure-mode-allow',
    ({ authz, release }) =>
      [authz, release].flatMap((it) =>
        it?.failure_mode_allow === true
          ? ['failure_mode_allow: true lets requests pass while the service is down: remove it']
          : [],
      ),
  ],
  [
    'status-on-error',
    ({ authz, release }) =>
      [authz, release].flatMap((it) =>
        it && it.status_on_error === undefined
          ? ['set status_on_error: { code: ServiceUnavailable } on both filters']
          : [],
      ),
  ],
  [
    'hold-timeout',
    ({ authz }) =>
      authz && at(authz, 'grpc_service', 'timeout') === undefined
        ? ['ext_authz grpc_service.timeout is 200 ms when left out: set it to the longest hold']
        : [],
  ],
  [
    'hold-retry',
    ({ authz }) => {
      const retry = authz && at(authz, 'grpc_service', 'retry_policy');
      return isObject(retry) && at(retry, 'retry_back_off', 'max_interval') === undefined
        ? ['ext_authz retry_back_off.max_interval is also the per-try timeout: set it to the longest hold']
        : [];
    },
  ],
  [
    'hold-request-timeout',
    ({ hcm }) =>
      hcm.request_timeout !== undefined && !zero(hcm.request_timeout)
        ? ['request_timeout answers 504 to a held request: set it to 0s']
        : [],
  ],
  [
    'raw-headers',
    ({ authz }) =>
      authz && authz.encode_raw_headers !== true
        ? ['set encode_raw_headers: true: without it duplicate headers arrive merged']
        : [],
  ],
  [
    'partial-body',
    ({ authz }) =>
      authz && at(authz, 'with_request_body', 'allow_partial_message') === true
        ? ['allow_partial_message: true shows the start of a body only: set it to false']
        : [],
  ],
  [
    'pack-as-bytes',
    ({ authz }) =>
      authz && at(authz, 'with_request_body', 'pack_as_bytes') !== true
        ? ['set with_request_body: { pack_as_bytes: true, ... }: as text a body is not shown byte for byte']
        : [],
  ],
  [
    'full-duplex',
    ({ release }) =>
      release && at(release, 'processing_mode', 'response_body_mode') !== 'FULL_DUPLEX_STREAMED'
        ? [
            'processing_mode.response_body_mode must be FULL_DUPLEX_STREAMED: in the other modes bytes can pass unmasked',
          ]
        : [],
  ],
  [
    'local-replies',
    ({ release }) =>
      release && !list(release.response_attributes).includes('response.code_details')
        ? ["add response.code_details to response_attributes: it tells Envoy's own replies from an upstream's"]
        : [],
  ],
  [
    'remote-address',
    ({ hcm }) =>
      hcm.use_remote_address === true
        ? []
        : ["set use_remote_address: true: without it callers' x-forwarded-for and x-envoy-* headers are believed"],
  ],
  [
    'request-trailers',
    ({ filters, authz }) =>
      filters.slice(0, authz && filters.indexOf(authz)).some(removesTrailers)
        ? []
        : [
            'trailers of requests pass undecided, since no Check shows them: in front of ext_authz remove them by a header_mutation filter with request_trailers_mutations: [{ remove_on_match: { key_matcher: { safe_regex: { regex: ".*" } } } }]',
          ],
  ],
  [
    'decompressor',
    ({ filters }) =>
      filters.some((it) => typeOf(it).includes('decompressor'))
        ? ['the decompressor filter hangs together with ext_proc body modes: strip accept-encoding instead']
        : [],
  ],
];

/** Threat 3: all of a request's trailers, whatever their names. */
function removesTrailers(filter: JsonObject): boolean {
  return list(at(filter, 'mutations', 'request_trailers_mutations')).some(
    (it) => at(it, 'remove_on_match', 'key_matcher', 'safe_regex', 'regex') === '.*',
  );
}

/** Threat 1: what makes Envoy's router execute a request more than once after one Check. */
const repeats: Readonly<Record<string, string>> = {
  retry_policy: 'retries execute an approved request again',
  retry_policy_typed_config: 'retries execute an approved request again',
  hedge_policy: 'hedging executes an approved request twice',
  request_mirror_policies: 'mirroring executes an approved request twice',
};

/** Threat 8: a body that is not buffered is not in the Check; only a tunnel may say so. */
function judgeBuffering(where: string, settings: JsonObject): Finding[] {
  const check = isObject(settings.check_settings) ? settings.check_settings : {};
  if (check.disable_request_body_buffering !== true) return [];
  if (at(check, 'context_extensions', 'countersign.route') === 'tunnel') return [];
  return [
    {
      check: 'unseen-body',
      where,
      message:
        'disable_request_body_buffering hides the body from the decision: remove it, or mark the route in context_extensions with countersign.route: tunnel',
    },
  ];
}

function judgeRepeats(where: string, settings: JsonObject): Finding[] {
  return Object.entries(repeats).flatMap(([key, why]) =>
    settings[key] === undefined
      ? []
      : [{ check: 'repeats', where, message: `${key}: ${why}; remove it where the policy may hold` }],
  );
}

function judgeRoute(where: string, route: JsonObject): Finding[] {
  const found = [route, route.route].filter(isObject).flatMap((it) => judgeRepeats(where, it));
  const perFilter = isObject(route.typed_per_filter_config) ? route.typed_per_filter_config : {};
  for (const [name, settings] of Object.entries(perFilter)) {
    if (!isObject(settings)) continue;
    found.push(...judgeBuffering(where, settings));
    if (settings.disabled === true)
      found.push({
        check: 'disabled-by-route',
        where,
        message: `${name} is disabled here: what passes is neither decided nor masked`,
      });
  }
  return found;
}

/** The guard: a clean end of the ext_proc stream must not pass the rest unmasked. */
function judgeCluster(document: Json, edge: Edge): Finding[] {
  const name = edge.release && at(edge.release, 'grpc_service', 'envoy_grpc', 'cluster_name');
  if (typeof name !== 'string') return [];
  const clusters = list(at(document, 'static_resources', 'clusters')).filter(isObject);
  const cluster = clusters.find((it) => it.name === name);
  if (!cluster)
    return [
      {
        check: 'guard',
        where: `cluster ${name}`,
        message: 'the cluster of ext_proc is not in this file: its guard can not be checked',
      },
    ];
  const guarded = find(cluster, (it) => typeOf(it).endsWith('header_mutation.v3.HeaderMutation')).some((it) => {
    const text = JSON.stringify(it);
    return (
      text.includes('"grpc-status"') &&
      text.includes('"response_mutations"') &&
      text.includes('"response_trailers_mutations"')
    );
  });
  return guarded
    ? []
    : [
        {
          check: 'guard',
          where: `cluster ${name}`,
          message:
            'the guard is missing: without the header_mutation filter that turns grpc-status into an error, a clean end of the stream passes the rest unmasked',
        },
      ];
}

function edgesOf(document: Json): Edge[] {
  return list(at(document, 'static_resources', 'listeners'))
    .filter(isObject)
    .flatMap((listener) =>
      find(listener, (it) => typeOf(it).endsWith(manager)).map((hcm) => {
        const filters = list(hcm.http_filters).filter(isObject).map(unwrap);
        return {
          where: `listener ${String(listener.name ?? '')}`,
          hcm,
          filters,
          authz: filters.find((it) => typeOf(it).endsWith(authz)),
          release: filters.find((it) => typeOf(it).endsWith(proc) && it.observability_mode !== true),
        };
      }),
    );
}

/** The filter's own configuration, out of `ExtensionWithMatcher` where it is in one. */
function unwrap(filter: JsonObject): JsonObject {
  const config = isObject(filter.typed_config) ? filter.typed_config : {};
  const inner = typeOf(config).endsWith(matching) ? at(config, 'extension_config', 'typed_config') : config;
  return isObject(inner) ? inner : {};
}

/** Everything that may have settings of a route: the whole table, hosts, routes, and the clusters that share a route. */
function routesOf(edge: Edge): { readonly where: string; readonly route: JsonObject }[] {
  const table = edge.hcm.route_config;
  if (!isObject(table)) return [];
  return [
    { where: `${edge.where}, route configuration`, route: table },
    ...list(table.virtual_hosts)
      .filter(isObject)
      .flatMap((host) => [
        { where: `${edge.where}, host ${String(host.name ?? '')}`, route: host },
        ...list(host.routes)
          .filter(isObject)
          .flatMap((route, index) =>
            [route, ...list(at(route, 'route', 'weighted_clusters', 'clusters')).filter(isObject)].map((it) => ({
              where: `${edge.where}, route ${String(route.name ?? index)}`,
              route: it,
            })),
          ),
      ]),
  ];
}

/** The clusters that requests may go to: all that are not this service. */
function upstreams(document: Json, edges: readonly Edge[]): JsonObject[] {
  const own = edges.flatMap(({ authz, release }) =>
    [authz, release].map((it) => it && at(it, 'grpc_service', 'envoy_grpc', 'cluster_name')),
  );
  return list(at(document, 'static_resources', 'clusters'))
    .filter(isObject)
    .filter(({ name }) => !own.includes(name));
}

function find(value: Json | undefined, wanted: (it: JsonObject) => boolean): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((it) => find(it, wanted));
  if (!isObject(value)) return [];
  return [...(wanted(value) ? [value] : []), ...Object.values(value).flatMap((it) => find(it, wanted))];
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((it, key) => (isObject(it) ? it[key] : undefined), value);
}

function typeOf(value: JsonObject): string {
  return typeof value['@type'] === 'string' ? value['@type'] : '';
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function zero(value: Json): boolean {
  return typeof value === 'string' && Number.parseFloat(value) === 0;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
