import type { Json, JsonObject } from '../request.ts';
import { at, find, isObject, list, typeOf } from './bootstrap/document.ts';
import { type Edge, edgeChecks, type Finding } from './bootstrap/edge.ts';
import { judgeGuard } from './bootstrap/guard.ts';
import { judgeRepeats, judgeRoute } from './bootstrap/route.ts';

const authz = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz';
const proc = 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor';
const matching = 'envoy.extensions.common.matching.v3.ExtensionWithMatcher';
const manager = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

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
    ...edges.flatMap((edge) => judgeGuard(document, edge)),
    ...upstreams(document, edges).flatMap(({ name, typed_extension_protocol_options: options }) =>
      find(options, () => true).flatMap((it) => judgeRepeats(`cluster ${String(name ?? '')}`, it)),
    ),
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
