import type { JsonObject } from '../../request.ts';
import { at, isObject } from './document.ts';
import type { Finding } from './edge.ts';

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

/** What repeats a request, in the settings of a route or a cluster. */
export function judgeRepeats(where: string, settings: JsonObject): Finding[] {
  return Object.entries(repeats).flatMap(([key, why]) =>
    settings[key] === undefined
      ? []
      : [{ check: 'repeats', where, message: `${key}: ${why}; remove it where the policy may hold` }],
  );
}

/** What leaves a hole in the settings of a route, a virtual host or the whole table. */
export function judgeRoute(where: string, route: JsonObject): Finding[] {
  const found = [route, route.route].filter(isObject).flatMap((it) => judgeRepeats(where, it));
  const perFilter = isObject(route.typed_per_filter_config) ? route.typed_per_filter_config : {};
  for (const [name, settings] of Object.entries(perFilter)) {
    if (!isObject(settings)) continue;
    // `envoy.config.route.v3.FilterConfig` wraps a filter's own settings.
    found.push(...judgeBuffering(where, isObject(settings.config) ? settings.config : settings));
    if (settings.disabled === true)
      found.push({
        check: 'disabled-by-route',
        where,
        message: `${name} is disabled here: what passes is neither decided nor masked`,
      });
  }
  return found;
}
