import { at, isObject, list, on, typeOf } from './document.ts';
import type { Judge } from './edge.ts';
import { exemptsOnlyByRelease } from './matcher.ts';
import { authzSettings, releaseSettings, unknownSettings } from './settings.ts';

/** Answers that say that the fault is on this side. */
const faults = /^(5\d\d|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout)$/;

/** What our two filters are judged by: that they stand there and always run, and each of their settings. */
export const filterChecks: readonly (readonly [string, Judge])[] = [
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
    'local-replies',
    ({ release }) =>
      release && !list(release.response_attributes).includes('response.code_details')
        ? ["add response.code_details to response_attributes: it tells Envoy's own replies from an upstream's"]
        : [],
  ],
];
