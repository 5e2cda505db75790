import type { Json, JsonObject } from '../../request.ts';
import type { wire } from '../wire/wire.js';

/** A JSON object that is being made. */
export type Members = Record<string, Json>;

/** Adds a member; one named `__proto__` is a member as well. Far cheaper than `Object.fromEntries`. */
export function setMember(members: Members, name: string, value: Json): void {
  if (name !== '__proto__') members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A `google.protobuf.Struct` as JSON. Numbers that JSON can't say become "NaN", "Infinity", "-Infinity" as in Go. */
export function structToJson(struct: wire.Struct.$Properties | null | undefined): JsonObject {
  const members: Members = {};
  const fields = struct?.fields;
  if (fields == null) return members;
  for (const name of Object.keys(fields)) setMember(members, name, valueToJson(fields[name] ?? {}));
  return members;
}

function valueToJson(value: wire.Value.$Properties): Json {
  if (value.stringValue != null) return value.stringValue;
  if (value.numberValue != null) return Number.isFinite(value.numberValue) ? value.numberValue : `${value.numberValue}`;
  if (value.boolValue != null) return value.boolValue;
  if (value.structValue != null) return structToJson(value.structValue);
  if (value.listValue != null) return (value.listValue.values ?? []).map(valueToJson);
  return null;
}

/** JSON as a `google.protobuf.Struct`. */
export function jsonToStruct(json: JsonObject): wire.Struct.$Properties {
  const fields = Object.fromEntries(Object.entries(json).map(([key, value]) => [key, jsonToValue(value)]));
  return { fields };
}

function jsonToValue(json: Json): wire.Value.$Properties {
  if (json === null) return { nullValue: 0 };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (isList(json)) return { listValue: { values: json.map(jsonToValue) } };
  return { structValue: jsonToStruct(json) };
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
function isList(json: readonly Json[] | JsonObject): json is readonly Json[] {
  return Array.isArray(json);
}
