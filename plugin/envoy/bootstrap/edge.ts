import type { JsonObject } from '../../request.ts';
import { at, find, list, typeOf, zero } from './document.ts';
import { filterChecks } from './filters.ts';

/** One unsafe setting of an Envoy configuration. */
export interface Finding {
  /** Name of the check, stable. */
  readonly check: string;
  /** Where it stands: listener, virtual host and route, or cluster. */
  readonly where: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** An HTTP connection manager with the two filters of ours that stand in it. */
export interface Edge {
  readonly where: string;
  readonly hcm: JsonObject;
  /** Configurations of the filters that always run, in order: none that is disabled or optional. */
  readonly filters: readonly JsonObject[];
  /** Configurations of our two, out of the `ExtensionWithMatcher` that they may stand in. */
  readonly authz: JsonObject | undefined;
  readonly release: JsonObject | undefined;
  /** The `ExtensionWithMatcher` around either. */
  readonly authzMatcher?: JsonObject | undefined;
  readonly releaseMatcher?: JsonObject | undefined;
}

/** What is wrong with an edge, if anything. */
export type Judge = (edge: Edge) => readonly string[];

/** Dynamic metadata that decides who asks and whether a response is exempt. */
const trusted = /^envoy\.filters\.http\.(ext_authz|jwt_authn)$/;

/** What a listener's own settings are judged by: the name of the check, and what is wrong, if anything. */
export const edgeChecks: readonly (readonly [string, Judge])[] = [
  ...filterChecks,
  [
    'hold-request-timeout',
    ({ hcm }) =>
      hcm.request_timeout !== undefined && !zero(hcm.request_timeout)
        ? ['request_timeout answers 504 to a held request: set it to 0s']
        : [],
  ],
  [
    'forged-metadata',
    ({ hcm }) =>
      find(
        hcm.http_filters,
        (it) => typeof it.metadata_namespace === 'string' && trusted.test(it.metadata_namespace),
      ).map((it) => `a filter writes the metadata ${String(it.metadata_namespace)}, which is believed: remove it`),
  ],
  [
    'upgrade-filters',
    ({ hcm }) =>
      list(hcm.upgrade_configs).some((it) => at(it, 'filters') !== undefined)
        ? ['upgrade_configs with filters of their own pass by ours: remove the filters']
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
    ({ hcm }) =>
      find(hcm.http_filters, (it) => typeOf(it).includes('decompressor')).length
        ? ['the decompressor filter hangs together with ext_proc body modes: strip accept-encoding instead']
        : [],
  ],
  [
    'cache',
    ({ hcm }) =>
      find(hcm.http_filters, (it) => /filters\.http\.cache/.test(typeOf(it))).length
        ? [
            'the cache filter may answer one caller with what was masked for another: take it off routes that Countersign decides',
          ]
        : [],
  ],
];

/** Threat 3: all of a request's trailers, whatever their names. */
function removesTrailers(filter: JsonObject): boolean {
  return list(at(filter, 'mutations', 'request_trailers_mutations')).some(
    (it) => at(it, 'remove_on_match', 'key_matcher', 'safe_regex', 'regex') === '.*',
  );
}
