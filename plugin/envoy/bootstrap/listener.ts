import type { Json, JsonObject } from '../../request.ts';
import { at, find, isObject, list, typeOf } from './document.ts';
import type { Edge, Finding } from './edge.ts';

/** The only network filter that ext_authz and ext_proc can stand in. */
export const manager = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** Listeners by which bytes reach an upstream past both filters. */
export function judgeListeners(document: Json): Finding[] {
  const listeners = list(at(document, 'static_resources', 'listeners')).filter(isObject);
  return listeners.flatMap((listener) => {
    const where = `listener ${String(listener.name ?? '')}`;
    const chains = [...list(listener.filter_chains), listener.default_filter_chain ?? null].filter(isObject);
    const bypasses = chains.filter((chain) => !endsInManager(chain)).length;
    const empty = chains.length === 0 && find(listener, (it) => typeOf(it).endsWith(manager)).length === 0;
    if (bypasses === 0 && !empty) return [];
    const message =
      'ends in something else than an HTTP connection manager: nothing that passes here is decided or masked';
    return [{ check: 'other-listener', where, message }];
  });
}

function endsInManager(chain: JsonObject): boolean {
  const config = at(list(chain.filters).at(-1), 'typed_config');
  return isObject(config) && typeOf(config).endsWith(manager);
}

const unseen = (what: string) => `${what} can't be seen here: check what Envoy gets, as by its /config_dump`;

/** What Envoy gets from elsewhere while it runs. */
export function judgeUnseen(document: Json, edges: readonly Edge[]): Finding[] {
  const listeners = at(document, 'dynamic_resources', 'lds_config') !== undefined;
  return [
    ...(listeners ? [{ check: 'unseen', where: 'dynamic_resources', message: unseen('listeners by lds_config') }] : []),
    ...edges.flatMap(({ where, hcm }) =>
      [
        hcm.rds && 'routes by rds',
        hcm.scoped_routes && 'routes by scoped_routes',
        at(hcm, 'route_config', 'vhds') && 'hosts by vhds',
        ...list(hcm.http_filters).map((it) => at(it, 'config_discovery') && 'a filter by config_discovery'),
      ].flatMap((it) => (typeof it === 'string' ? [{ check: 'unseen', where, message: unseen(it) }] : [])),
    ),
  ];
}
