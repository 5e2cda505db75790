import type { Json, JsonObject } from '../request.ts';
import { at, find, isObject, list, on, typeOf } from './bootstrap/document.ts';
import { type Edge, edgeChecks, type Finding } from './bootstrap/edge.ts';
import { judgeGuard } from './bootstrap/guard.ts';
import { judgeListeners, judgeUnseen, manager } from './bootstrap/listener.ts';
import { clashes, normalize } from './bootstrap/normal.ts';
import { judgeEdgeRepeats, judgePerRoute, judgeRepeats } from './bootstrap/route.ts';

const authz = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz';
const proc = 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor';
const matching = 'envoy.extensions.common.matching.v3.ExtensionWithMatcher';

/**
 * Reads a bootstrap document (YAML or JSON, parsed) and names every setting that leaves a hole, by the checks below.
 * An empty list means that none of them found anything; it says nothing of what Envoy gets by xDS.
 */
export function inspectBootstrap(written: Json): readonly Finding[] {
  const document = normalize(written);
  const edges = edgesOf(document);
  return [
    ...clashes(written).map((key) => ({
      check: 'two-spellings',
      where: 'this file',
      message: `${key} is given twice in one place, in two spellings: keep one`,
    })),
    ...(edges.length === 0 ? [noEdge] : []),
    ...judgeListeners(document),
    ...judgeUnseen(document, edges),
    ...edges.flatMap((edge) =>
      edgeChecks.flatMap(([check, judge]) => judge(edge).map((message) => ({ check, where: edge.where, message }))),
    ),
    ...edges.flatMap(judgeEdgeRepeats),
    ...judgePerRoute(document),
    ...edges.flatMap((edge) => judgeGuard(document, edge)),
    ...upstreams(document, edges).flatMap(({ name, typed_extension_protocol_options: options }) =>
      find(options, () => true).flatMap((it) => judgeRepeats(`cluster ${String(name ?? '')}`, it)),
    ),
  ];
}

const noEdge: Finding = {
  check: 'no-edge',
  where: 'static_resources',
  message: 'no HTTP connection manager was found: give a bootstrap file with static listeners',
};

function edgesOf(document: Json): Edge[] {
  return list(at(document, 'static_resources', 'listeners'))
    .filter(isObject)
    .flatMap((listener) =>
      find(listener, (it) => typeOf(it).endsWith(manager)).map((hcm) =>
        edgeOf(`listener ${String(listener.name ?? '')}`, hcm),
      ),
    );
}

/** Whatever may not run counts as not there. */
function edgeOf(where: string, hcm: JsonObject): Edge {
  const filters = list(hcm.http_filters)
    .filter(isObject)
    .filter((it) => !on(it.disabled) && !on(it.is_optional))
    .map(unwrap);
  const decides = filters.find(({ config }) => typeOf(config).endsWith(authz));
  const releases = filters.find(({ config }) => typeOf(config).endsWith(proc) && !on(config.observability_mode));
  return {
    where,
    hcm,
    filters: filters.map(({ config }) => config),
    authz: decides?.config,
    authzMatcher: decides?.matcher,
    release: releases?.config,
    releaseMatcher: releases?.matcher,
  };
}

/** One of our filters out of the `ExtensionWithMatcher` around it; any other stays in it, as it may not run. */
function unwrap(filter: JsonObject): { config: JsonObject; matcher: JsonObject | undefined } {
  const config = isObject(filter.typed_config) ? filter.typed_config : {};
  const inner = at(config, 'extension_config', 'typed_config');
  const ours = isObject(inner) && [authz, proc].some((type) => typeOf(inner).endsWith(type));
  return typeOf(config).endsWith(matching) && ours
    ? { config: inner, matcher: config }
    : { config, matcher: undefined };
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
