import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isSeq, parseDocument } from 'yaml';
import { render } from '../../examples/quickstart/render.ts';

/** One way to plug a service in, or none: a listener of its own in one Envoy. */
export interface Listener {
  readonly name: string;
  /** The service's socket; what is not plugged in is never reached. */
  readonly socket: string;
  /** Which of the product's two filters the listener has. */
  readonly filters: readonly Filter[];
}

export type Filter = 'envoy.filters.http.ext_authz' | 'envoy.filters.http.ext_proc';

/** What all listeners share. */
export interface Place {
  readonly admin: string;
  readonly jwks: string;
  readonly upstreamPort: number;
}

const quickstart = join(import.meta.dirname, '..', '..', 'examples', 'quickstart', 'envoy.yaml');
const filtersAt = [
  'static_resources',
  'listeners',
  0,
  'filter_chains',
  0,
  'filters',
  0,
  'typed_config',
  'http_filters',
];
const optional: ReadonlySet<unknown> = new Set<Filter>(['envoy.filters.http.ext_authz', 'envoy.filters.http.ext_proc']);

interface Config {
  readonly admin: object;
  readonly static_resources: {
    readonly listeners: readonly [{ readonly name: string }];
    readonly clusters: readonly { readonly name: string }[];
  };
}

/**
 * The quick start's configuration, and so the product's, once per listener in one file: all are measured in the same
 * worker, in turn. Filters are left out by removing them; everything else is as it is.
 */
export async function envoyConfig(listeners: readonly Listener[], place: Place): Promise<string> {
  const text = await readFile(quickstart, 'utf8');
  const parts = listeners.map((listener) => partOf(text, listener, place));
  return JSON.stringify({
    admin: parts[0]?.admin,
    static_resources: {
      listeners: parts.flatMap((part) => part.static_resources.listeners),
      clusters: parts.flatMap((part) => part.static_resources.clusters),
    },
  });
}

function partOf(text: string, { name, socket, filters }: Listener, place: Place): Config {
  const values = {
    ENVOY_ADMIN: place.admin,
    ENVOY_PORT: 0,
    ACCESS_LOG: '/dev/null',
    JWKS: place.jwks,
    COUNTERSIGN_SOCKET: socket,
    UPSTREAM_PORT: place.upstreamPort,
  };
  const document = parseDocument(render(text, values));
  const chain = document.getIn(filtersAt);
  if (!isSeq(chain)) throw new Error(`${quickstart}: no HTTP filters where they are expected`);
  const kept: ReadonlySet<unknown> = new Set(filters);
  chain.items = chain.items.filter((item) => {
    const filter = isMap(item) ? item.get('name') : undefined;
    return !optional.has(filter) || kept.has(filter);
  });
  // A cluster's name is the :authority of its calls, so it has to be one.
  const suffix = `-${name.replace(/[^A-Za-z0-9]+/g, '-')}`;
  const renamed = JSON.stringify(document.toJS(), (key, value: unknown) =>
    (key === 'cluster_name' || key === 'cluster') && typeof value === 'string' ? `${value}${suffix}` : value,
  );
  const { admin, static_resources } = JSON.parse(renamed) as Config;
  return {
    admin,
    static_resources: {
      listeners: [{ ...static_resources.listeners[0], name }],
      clusters: static_resources.clusters.map((cluster) => ({ ...cluster, name: `${cluster.name}${suffix}` })),
    },
  };
}

/** Ports by listener, of `GET /listeners?format=json` on Envoy's admin listener. */
export function portsOf(json: Buffer): ReadonlyMap<string, number> {
  const { listener_statuses = [] } = JSON.parse(json.toString('utf8')) as {
    listener_statuses?: { name: string; local_address: { socket_address: { port_value: number } } }[];
  };
  return new Map(listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]));
}
