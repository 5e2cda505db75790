import type { Json, JsonObject } from '../../request.ts';
import { at, isObject, on, type Place, places, typeOf } from './document.ts';
import type { Edge, Finding } from './edge.ts';
import { authzRouteSettings, releaseRouteSettings, unknownSettings } from './settings.ts';

/** Threat 1: what makes Envoy's router execute a request more than once after one Check. */
const repeats: Readonly<Record<string, string>> = {
  retry_policy: 'retries execute an approved request again',
  retry_policy_typed_config: 'retries execute an approved request again',
  hedge_policy: 'hedging executes an approved request twice',
  request_mirror_policies: 'mirroring executes an approved request twice',
};

/** The same by request headers, which the router obeys from whoever sets them inside Envoy. */
const repeating = /^x-envoy-(retry-|retriable-|max-retries|hedge-)/i;

/** Parts of a connection manager whose retries are not a request's: those of calls to other services. */
const aside = new Set(['http_filters', 'access_log', 'tracing']);

/** What repeats a request, in the settings of a route or a cluster. */
export function judgeRepeats(where: string, settings: JsonObject): Finding[] {
  return Object.entries(repeats).flatMap(([key, why]) =>
    settings[key] === undefined
      ? []
      : [{ check: 'repeats', where, message: `${key}: ${why}; remove it where the policy may hold` }],
  );
}

/** What repeats a request anywhere in an edge: route tables, hosts, routes, matcher trees, and added headers. */
export function judgeEdgeRepeats({ where, hcm }: Edge): Finding[] {
  const parts = Object.entries(hcm).filter(([key]) => !aside.has(key));
  return [
    ...parts.flatMap(([, it]) => places(it, where)).flatMap((place) => judgeRepeats(place.where, place.it)),
    ...places(hcm, where).flatMap((place) => {
      const key = at(place.it, 'header', 'key');
      if (typeof key !== 'string' || !repeating.test(key)) return [];
      return [{ check: 'repeats', where: place.where, message: `${key} is added here: Envoy's router obeys it` }];
    }),
  ];
}

/** What leaves a hole in the settings that a route, a host or anything else has for a filter, wherever they stand. */
export function judgePerRoute(document: Json): Finding[] {
  return places(document, '').flatMap((place) => [
    ...judgeNamed(place),
    ...(rules.find(([type]) => typeOf(place.it).endsWith(type))?.[1](place) ?? []),
  ]);
}

type Rule = (place: Place) => readonly Finding[];

const rules: readonly (readonly [string, Rule])[] = [
  ['ext_authz.v3.ExtAuthzPerRoute', judgeAuthz],
  [
    'ext_proc.v3.ExtProcPerRoute',
    ({ where, it }) => [
      ...judgeDisabled(where, 'ext_proc', it),
      ...report('unknown-setting', where, unknownSettings(it, releaseRouteSettings, 'ext_proc')),
    ],
  ],
  [
    'matching.v3.ExtensionWithMatcherPerRoute',
    ({ where }) => report('matcher', where, ['a matcher of its own may leave a filter out here: remove it']),
  ],
];

/** What is wrong with entries of `typed_per_filter_config`, beyond the rules for their types. */
function judgeNamed({ where, it }: Place): Finding[] {
  const settings = isObject(it.typed_per_filter_config) ? it.typed_per_filter_config : {};
  return Object.entries(settings).flatMap(([name, its]) => {
    if (!isObject(its) || /^(google\.protobuf\..*)?$/.test(typeOf(its)))
      return report('unknown-setting', where, [`${name} has settings of no known type here: remove them`]);
    return rules.some(([type]) => typeOf(its).endsWith(type)) ? [] : judgeDisabled(where, name, its);
  });
}

function judgeDisabled(where: string, name: string, settings: JsonObject): Finding[] {
  if (!on(settings.disabled)) return [];
  return report('disabled-by-route', where, [`${name} is disabled here: what passes is neither decided nor masked`]);
}

function judgeAuthz({ where, it }: Place): Finding[] {
  const check = isObject(it.check_settings) ? it.check_settings : {};
  const body = isObject(check.with_request_body) ? check.with_request_body : undefined;
  // Threat 8: a body that is not buffered is not in the Check; only a tunnel may say so.
  const hidden =
    on(check.disable_request_body_buffering) && at(check, 'context_extensions', 'countersign.route') !== 'tunnel';
  return [
    ...judgeDisabled(where, 'ext_authz', it),
    ...report('unknown-setting', where, unknownSettings(it, authzRouteSettings, 'ext_authz')),
    ...report('unseen-body', where, [
      ...(hidden
        ? [
            'disable_request_body_buffering hides the body from the decision: remove it, or mark the route in context_extensions with countersign.route: tunnel',
          ]
        : []),
    ]),
    ...report('partial-body', where, on(body?.allow_partial_message) ? ['allow_partial_message: true: remove it'] : []),
    ...report(
      'pack-as-bytes',
      where,
      body && body.pack_as_bytes !== true
        ? ["with_request_body here replaces the filter's: set pack_as_bytes: true"]
        : [],
    ),
  ];
}

function report(check: string, where: string, messages: readonly string[]): Finding[] {
  return messages.map((message) => ({ check, where: where || 'this file', message }));
}
