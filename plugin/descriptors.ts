import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs/light.js';
import 'protobufjs/ext/descriptor.js';
import protojson from 'protobufjs/ext/protojson.js';
import { CountersignError } from './errors.ts';
import type { Json } from './request.ts';

/** How a field's value lies on the wire; a map is a repeated message of its entries (`key` 1, `value` 2). */
export type FieldKind =
  | ('double' | 'float' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'sint32' | 'sint64' | 'fixed32' | 'fixed64')
  | ('sfixed32' | 'sfixed64' | 'bool' | 'string' | 'bytes' | 'enum' | 'message' | 'group');

/** One field of a message. */
export interface FieldType {
  readonly number: number;
  /** As the .proto file spells it: `card_number`. */
  readonly name: string;
  /** As protojson spells it: `cardNumber`, or the file's `json_name`. */
  readonly jsonName: string;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  /** The field is a map: `message` is the type of its entries. */
  readonly map: boolean;
  /** Of `message` and `group`; null otherwise. Types may contain themselves. */
  readonly message: MessageType | null;
}

/** One type of message. The same object each time it is asked for. */
export interface MessageType {
  /** Full name without a leading dot: `example.shop.v1.Order`. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldType>;
  /**
   * A message in protojson (https://protobuf.dev/programming-guides/json/): members that are not set are left out,
   * 64-bit integers are strings, enums names, bytes base64. Null when the bytes are no message of this type.
   */
  json(bytes: Uint8Array): { readonly value: Json } | null;
}

/** One method of a service. */
export interface MethodType {
  /** Full name of the service without a leading dot. */
  readonly service: string;
  readonly method: string;
  readonly request: MessageType;
  readonly response: MessageType;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
}

/** The services and messages of a descriptor set. */
export interface Descriptors {
  /** The method that a request path (`/example.shop.v1.Shop/Buy`, without a query) calls; null when none is known. */
  method(path: string): MethodType | null;
  /** A type by its full name; null when none is known. */
  message(name: string): MessageType | null;
}

/** Reads a file with a `FileDescriptorSet`. @throws CountersignError `config_invalid` */
export function loadDescriptors(file: string): Descriptors {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new CountersignError('config_invalid', `commands.descriptors: ${file} can't be read`, { cause });
  }
  return readDescriptors(bytes);
}

/**
 * Reads a `FileDescriptorSet` (`protoc --include_imports --descriptor_set_out`, `buf build -o`).
 * @throws CountersignError `config_invalid` for other bytes, and for a set that lacks what its files import
 */
export function readDescriptors(bytes: Uint8Array): Descriptors {
  const root = rootOf(bytes);
  const types = new Map<protobuf.Type, MessageType>();
  const methods = new Map<string, MethodType>();
  const byName = new Map<string, MessageType>();
  visit(root, {
    type: (type) => byName.set(nameOf(type), typeOf(type, types)),
    method: (service, method) => methods.set(`/${nameOf(service)}/${method.name}`, methodOf(service, method, types)),
  });
  if (byName.size === 0 && methods.size === 0) throw invalid('it has neither services nor messages');
  return { method: (path) => methods.get(path) ?? null, message: (name) => byName.get(name) ?? null };
}

function rootOf(bytes: Uint8Array): protobuf.Root {
  try {
    const root = protobuf.Root.fromDescriptor(bytes);
    root.resolveAll();
    return root;
  } catch (cause) {
    const missing = /no such .*?'?\.([\w.]+)/i.exec(String(cause))?.[1];
    throw invalid(
      missing === undefined ? 'it is not one' : `it lacks ${missing}: build it with --include_imports`,
      cause,
    );
  }
}

function invalid(reason: string, cause?: unknown): CountersignError {
  return new CountersignError('config_invalid', `commands.descriptors: expected a FileDescriptorSet, but ${reason}`, {
    cause,
  });
}

interface Visitor {
  type(type: protobuf.Type): void;
  method(service: protobuf.Service, method: protobuf.Method): void;
}

function visit(space: protobuf.NamespaceBase, visitor: Visitor): void {
  for (const object of space.nestedArray) {
    if (object instanceof protobuf.Type) visitor.type(object);
    if (object instanceof protobuf.Service) for (const method of object.methodsArray) visitor.method(object, method);
    if (object instanceof protobuf.Namespace) visit(object, visitor);
  }
}

function nameOf({ fullName }: protobuf.ReflectionObject): string {
  return fullName.replace(/^\./, '');
}

type Types = Map<protobuf.Type, MessageType>;

function methodOf(service: protobuf.Service, method: protobuf.Method, types: Types): MethodType {
  const { resolvedRequestType: request, resolvedResponseType: response } = method.resolve() as protobuf.Method;
  if (request === null || response === null) throw invalid(`${method.fullName} has no types`);
  return {
    service: nameOf(service),
    method: method.name,
    request: typeOf(request, types),
    response: typeOf(response, types),
    clientStreaming: method.requestStream === true,
    serverStreaming: method.responseStream === true,
  };
}

function typeOf(type: protobuf.Type, types: Types): MessageType {
  const known = types.get(type);
  if (known !== undefined) return known;
  let fields: ReadonlyMap<number, FieldType> | undefined;
  const made: MessageType = {
    name: nameOf(type),
    // A type may contain itself: its fields are looked up when they are asked for.
    get fields() {
      fields ??= new Map(type.fieldsArray.map((field) => [field.id, fieldOf(field, types)]));
      return fields;
    },
    json(bytes) {
      try {
        return { value: protojson.toJson(type, type.decode(bytes)) as Json };
      } catch {
        return null;
      }
    },
  };
  types.set(type, made);
  return made;
}

function fieldOf(field: protobuf.Field, types: Types): FieldType {
  const { id: number, protoName: name, jsonName, repeated } = field.resolve() as protobuf.Field;
  const common = { number, name, jsonName };
  if (field instanceof protobuf.MapField)
    return { ...common, kind: 'message', repeated: true, map: true, message: entryOf(field, types) };
  return { ...common, ...contentOf(field, types), repeated, map: false };
}

/** What one value of a field is. */
function contentOf(
  field: protobuf.FieldBase & { readonly delimited?: boolean },
  types: Types,
): Pick<FieldType, 'kind' | 'message'> {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return { kind: 'enum', message: null };
  if (resolvedType === null) return { kind: field.type as FieldKind, message: null };
  return { kind: field.delimited ? 'group' : 'message', message: typeOf(resolvedType, types) };
}

/** The message that one entry of a map is on the wire. */
function entryOf(field: protobuf.MapField, types: Types): MessageType {
  const key = { number: 1, name: 'key', jsonName: 'key', kind: field.keyType as FieldKind, message: null };
  const value = { number: 2, name: 'value', jsonName: 'value', ...contentOf(field, types) };
  const fields = [key, value].map((entry) => [entry.number, { ...entry, repeated: false, map: false }] as const);
  return { name: `${nameOf(field)}.Entry`, fields: new Map(fields), json: () => null };
}
