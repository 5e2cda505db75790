import type { Json, JsonObject } from '../../request.ts';
import { isObject, on, typeOf } from './document.ts';

/** Maps whose keys and values are an operator's own: kept as they are. */
const own = new Set(['context_extensions', 'filter_metadata', 'json_format']);

/** Maps from an operator's names to typed configurations: the names are kept. */
const maps = new Set(['typed_per_filter_config', 'typed_extension_protocol_options']);

/** Switches that a check reads. Protobuf takes the words as strings too, and YAML 1.1, which Envoy reads, `yes` and `on`. */
const switches = new Set([
  'allow_partial_message',
  'disable_request_body_buffering',
  'disabled',
  'encode_raw_headers',
  'failure_mode_allow',
  'is_optional',
  'observability_mode',
  'pack_as_bytes',
  'use_remote_address',
]);
const words: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  false: false,
  no: false,
  off: false,
  n: false,
};

/**
 * The document as Envoy understands it, in one spelling: field names in snake case, switches as booleans, types without
 * their host, null as absent, and `TypedStruct` and `FilterConfig` replaced by the configuration that is in them.
 */
export function normalize(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalize);
  if (!isObject(value)) return value;
  const fields = Object.entries(value)
    .filter(([, it]) => it !== null)
    .map(([name, it]) => {
      const key = snake(name);
      return [key, field(key, it)] as const;
    });
  return bare(Object.fromEntries(fields));
}

/** Fields that an object gives twice, once in each spelling: which of them counts can't be told. */
export function clashes(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(clashes);
  if (!isObject(value)) return [];
  const keys = Object.keys(value);
  const twice = keys.filter((key) => snake(key) !== key && keys.includes(snake(key))).map(snake);
  return [
    ...twice,
    ...Object.entries(value).flatMap(([key, it]) => {
      if (own.has(snake(key))) return [];
      return maps.has(snake(key)) && isObject(it) ? Object.values(it).flatMap(clashes) : clashes(it);
    }),
  ];
}

function field(key: string, value: Json): Json {
  if (own.has(key)) return value;
  if (maps.has(key) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, normalize(it)]));
  if (key === '@type' || key === 'type_url') return typeof value === 'string' ? withoutHost(value) : value;
  return switches.has(key) ? boolean(value) : normalize(value);
}

/** protobuf's JSON names: `retryPolicy` is `retry_policy`. Dotted names are no fields. */
function snake(key: string): string {
  return /^[a-z][a-zA-Z0-9]*$/.test(key) ? key.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`) : key;
}

function withoutHost(type: string): string {
  return type.slice(type.lastIndexOf('/') + 1);
}

/** A boolean, its word, or protobuf's `BoolValue` around either. */
function boolean(value: Json): Json {
  if (isObject(value) && value.value !== undefined) return boolean(value.value);
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return Object.hasOwn(words, word) ? (words[word] ?? value) : value;
}

function bare(value: JsonObject): JsonObject {
  if (/^(xds|udpa)\.type\.v\d\.TypedStruct$/.test(typeOf(value)))
    return bare({ ...(isObject(value.value) ? value.value : {}), '@type': value.type_url ?? '' });
  if (typeOf(value) === 'envoy.config.route.v3.FilterConfig' && isObject(value.config))
    return { ...value.config, ...(on(value.disabled) ? { disabled: true } : {}) };
  return value;
}
