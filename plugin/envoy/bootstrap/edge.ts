import type { JsonObject } from '../../request.ts';
import { at, find, isObject, list, on, typeOf, zero } from './document.ts';
import { exemptsOnlyByRelease } from './matcher.ts';
import { authzSettings, releaseSettings, unknownSettings } from './settings.ts';

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

/** Dynamic metadata that decides who asks and whether a response is exempt. */
const trusted = /^envoy\.filters\.http\.(ext_authz|jwt_authn)$/;

/** Answers that say that the fault is on this side. */
const faults = /^(5\d\d|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout)$/;

type Judge = (edge: Edge) => readonly string[];

/** What a listener's own settings are judged by: the name of the check, and what is wrong, if anything. */
export const edgeChecks: readonly (readonly [string, Judge])[] = [
  [
    'ext-authz-missing',
    ({ authz }) => (authz ? [] : ['ext_authz is not among the filters that always run: nothing is decided here']),
  ],
  [
    'ext-proc-missing',
    ({ release }) =>
      release ? [] : ['ext_proc is not among the filters that always run: no response is masked or recorded here'],
  ],
  [
    'order',
    ({ filters, authz, release }) =>
      authz && release && filters.indexOf(authz) > filters.indexOf(release)
        ? ['ext_proc stands before ext_authz: put ext_authz first']
        : [],
  ],
  [
    'more-than-one',
    ({ filters, authz, release }) =>
      [authz, release].flatMap((ours) =>
        ours && filters.some((it) => it !== ours && typeOf(it) === typeOf(ours) && !on(it.observability_mode))
          ? [`more than one ${typeOf(ours).split('.').at(-1) ?? ''} filter: only the first is checked here`]
          : [],
      ),
  ],
  [
    'failure-mode-allow',
    ({ authz, release }) =>
      [authz, release].flatMap((it) =>
        on(it?.failure_mode_allow)
          ? ['failure_mode_allow: true lets requests pass while the service is down: remove it']
          : [],
      ),
  ],
  [
    'status-on-error',
    ({ authz, release }) =>
      [authz, release].flatMap((it) =>
        it && !faults.test(String(at(it, 'status_on_error', 'code')))
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
      authz && on(at(authz, 'with_request_body', 'allow_partial_message'))
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
    'full-duplex',
    ({ release }) =>
      ['response_header_mode', 'response_trailer_mode'].flatMap((key) =>
        release && at(release, 'processing_mode', key) !== 'SEND' ? [`processing_mode.${key} must be SEND`] : [],
      ),
  ],
  [
    'matcher',
    ({ authzMatcher, releaseMatcher }) => [
      ...(authzMatcher ? ['a matcher around ext_authz may leave requests undecided: remove it'] : []),
      ...(releaseMatcher && !exemptsOnlyByRelease(releaseMatcher)
        ? ["the matcher around ext_proc must be the quick start's: skip on release == skip of ext_authz, nothing else"]
        : []),
    ],
  ],
  [
    'unknown-setting',
    ({ authz, release }) => [
      ...unknownSettings(authz ?? {}, authzSettings, 'ext_authz'),
      ...unknownSettings(release ?? {}, releaseSettings, 'ext_proc'),
    ],
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
