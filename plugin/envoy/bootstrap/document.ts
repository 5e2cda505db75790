import type { Json, JsonObject } from '../../request.ts';

/** An object of the document, and the named things that it stands in: `listener edge, host all, route sql`. */
export interface Place {
  readonly where: string;
  readonly it: JsonObject;
}

/** Lists whose members have a name that an operator would look for. */
const named: Readonly<Record<string, string>> = {
  listeners: 'listener',
  virtual_hosts: 'host',
  routes: 'route',
  clusters: 'cluster',
};

/** All objects within a value, itself included, each with where it stands. */
export function places(value: Json | undefined, where: string): Place[] {
  if (Array.isArray(value)) return value.flatMap((it) => places(it, where));
  if (!isObject(value)) return [];
  const inner = Object.entries(value).flatMap(([key, it]) => {
    const noun = Object.hasOwn(named, key) ? named[key] : undefined;
    if (noun === undefined) return places(it, where);
    return list(it).flatMap((each, index) =>
      places(each, [where, `${noun} ${String(at(each, 'name') ?? index)}`].filter(Boolean).join(', ')),
    );
  });
  return [{ where, it: value }, ...inner];
}

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

/** True for a switch that is not plainly off: what can't be read as a boolean counts as on. */
export function on(value: Json | undefined): boolean {
  return value !== undefined && value !== false;
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
