import type { Json, JsonObject } from '../../request.ts';

/** All objects within a value, itself included, that are wanted. */
export function find(value: Json | undefined, wanted: (it: JsonObject) => boolean): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((it) => find(it, wanted));
  if (!isObject(value)) return [];
  return [...(wanted(value) ? [value] : []), ...Object.values(value).flatMap((it) => find(it, wanted))];
}

/** What stands at a path; undefined where nothing does. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((it, key) => (isObject(it) ? it[key] : undefined), value);
}

/** The `@type` of a typed configuration; empty without. */
export function typeOf(value: JsonObject): string {
  return typeof value['@type'] === 'string' ? value['@type'] : '';
}

/** A list as it is; anything else as an empty one. */
export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** True for a duration of nothing, such as `0s`. */
export function zero(value: Json): boolean {
  return typeof value === 'string' && Number.parseFloat(value) === 0;
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
