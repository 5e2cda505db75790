import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../request.ts';
import { isObject } from './document.ts';

const exact = (word: string): JsonObject => ({ string_match: { exact: word } });

/** Only the Check's own metadata may exempt a response; a caller can't write it. */
const exemptions: readonly JsonObject[] = [
  exact('skip'),
  { or_match: { value_matchers: [exact('skip'), exact('tunnel')] } },
].map((value) => ({
  matcher_list: {
    matchers: [
      {
        predicate: {
          single_predicate: {
            input: {
              typed_config: {
                '@type': 'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput',
                filter: 'envoy.filters.http.ext_authz',
                path: [{ key: 'release' }],
              },
            },
            custom_match: {
              typed_config: { '@type': 'envoy.extensions.matching.input_matchers.metadata.v3.Metadata', value },
            },
          },
        },
        on_match: {
          action: { typed_config: { '@type': 'envoy.extensions.filters.common.matcher.action.v3.SkipFilter' } },
        },
      },
    ],
  },
}));

/** True when an `ExtensionWithMatcher`, normalized, leaves its filter out on `release == skip` and on nothing else. */
export function exemptsOnlyByRelease(wrapper: JsonObject): boolean {
  const { '@type': _type, extension_config: _filter, xds_matcher: matcher, ...others } = wrapper;
  return Object.keys(others).length === 0 && exemptions.some((it) => isDeepStrictEqual(nameless(matcher), it));
}

/** Without the names of extensions, which Envoy does not read. */
function nameless(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((it) => nameless(it) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'name')
      .map(([key, it]) => [key, nameless(it) ?? null]),
  );
}
