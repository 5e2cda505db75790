import protobuf from 'protobufjs/minimal.js';
import type { Json, JsonObject } from '../../request.ts';
import { wire } from '../wire/wire.js';

/** A JSON object that is being made. */
export type Members = Record<string, Json>;

/** Adds a member; one named `__proto__` is a member as well. Far cheaper than `Object.fromEntries`. */
export function setMember(members: Members, name: string, value: Json): void {
  if (name !== '__proto__') members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}

const { Reader } = protobuf;
type Wire = protobuf.Reader;

/**
 * A `google.protobuf.Struct` straight into JSON, which every Check and response pays for. Numbers that JSON can't say
 * become "NaN", "Infinity", "-Infinity" as in Go. Of what comes twice the last counts.
 * @throws Error of protobufjs when the bytes are none, or nested deeper than it allows
 */
export function readStruct(bytes: Uint8Array): JsonObject {
  return structOf(Reader.create(bytes), bytes.length, 0);
}

/** `envoy.config.core.v3.Metadata` by its JSON names: `filterMetadata` and `typedFilterMetadata`, where there are any. */
export function readMetadata(bytes: Uint8Array): {
  readonly filterMetadata?: JsonObject;
  readonly typedFilterMetadata?: JsonObject;
} {
  const reader = Reader.create(bytes);
  const structs: Members = {};
  const typed: Members = {};
  while (reader.pos < bytes.length) {
    const tag = reader.tag();
    if (tag === structEntry) readEntry(reader, 0, structs, structOf, {});
    else if (tag === typedEntry) readEntry(reader, 0, typed, anyOf, {});
    else skip(reader, tag, 0);
  }
  return {
    ...(Object.keys(structs).length === 0 ? {} : { filterMetadata: structs }),
    ...(Object.keys(typed).length === 0 ? {} : { typedFilterMetadata: typed }),
  };
}

/** The bytes of a message that may have come in parts. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : Buffer.concat(parts);
}

/** Tags: the field's number, and how it is written (0 a varint, 1 eight bytes, 2 a length and bytes). */
const tagOf = (field: number, type: 0 | 1 | 2): number => (field << 3) | type;

const structEntry = tagOf(1, 2);
const typedEntry = tagOf(2, 2);
const fieldsEntry = tagOf(1, 2);
const entryKey = tagOf(1, 2);
const entryValue = tagOf(2, 2);
const listItem = tagOf(1, 2);
const nullValue = tagOf(1, 0);
const numberValue = tagOf(2, 1);
const stringValue = tagOf(3, 2);
const boolValue = tagOf(4, 0);
const structValue = tagOf(5, 2);
const listValue = tagOf(6, 2);

function skip(reader: Wire, tag: number, depth: number): void {
  reader.skipType(tag & 7, depth, tag >>> 3);
}

/** Where the message ends whose length comes next. One that reaches beyond its parent is found by `closed`. */
function endOf(reader: Wire, depth: number): number {
  if (depth > Reader.recursionLimit) throw new Error('max depth exceeded');
  const length = reader.uint32();
  return reader.pos + length;
}

function closed(reader: Wire, end: number): void {
  if (reader.pos !== end) throw new RangeError('index out of range');
}

/** One entry of a map. */
function readEntry(
  reader: Wire,
  depth: number,
  members: Members,
  read: (reader: Wire, end: number, depth: number) => Json,
  missing: Json,
): void {
  const end = endOf(reader, depth);
  let key = '';
  let value = missing;
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === entryKey) key = reader.stringVerify();
    else if (tag === entryValue) value = read(reader, endOf(reader, depth), depth + 1);
    else skip(reader, tag, depth);
  }
  closed(reader, end);
  setMember(members, key, value);
}

function structOf(reader: Wire, end: number, depth: number): JsonObject {
  const members: Members = {};
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === fieldsEntry) readEntry(reader, depth, members, jsonOf, null);
    else skip(reader, tag, depth);
  }
  closed(reader, end);
  return members;
}

/** A `google.protobuf.Value`. */
function jsonOf(reader: Wire, end: number, depth: number): Json {
  let value: Json = null;
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === stringValue) value = reader.stringVerify();
    else if (tag === numberValue) value = numberOf(reader.double());
    else if (tag === boolValue) value = reader.bool();
    else if (tag === structValue) value = structOf(reader, endOf(reader, depth), depth + 1);
    else if (tag === listValue) value = listOf(reader, endOf(reader, depth), depth + 1);
    else {
      skip(reader, tag, depth);
      if (tag === nullValue) value = null;
    }
  }
  closed(reader, end);
  return value;
}

function listOf(reader: Wire, end: number, depth: number): Json {
  const items: Json[] = [];
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === listItem) items.push(jsonOf(reader, endOf(reader, depth), depth + 1));
    else skip(reader, tag, depth);
  }
  closed(reader, end);
  return items;
}

const numberOf = (number: number): Json => (Number.isFinite(number) ? number : `${number}`);

function anyOf(reader: Wire, end: number): Json {
  const any = wire.Any.decode(reader, end - reader.pos);
  return {
    ...(any.typeUrl ? { typeUrl: any.typeUrl } : {}),
    ...(any.value?.length ? { value: Buffer.from(any.value).toString('base64') } : {}),
  };
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
