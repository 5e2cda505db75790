import type { DocumentNode } from 'graphql';
import type { Json, JsonObject } from '../../../request.ts';
import { isObject } from '../../result.ts';
import { stringOperand } from '../operand.ts';
import { valueKinds } from './write.ts';

/** A node of the parser's; which one, `kind` says. */
type Node = { readonly kind: string; readonly [member: string]: unknown };

function objectOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new TypeError('expected an object of a GraphQL document');
  return value;
}

function list(value: Json | undefined, read: (one: JsonObject) => Node): Node[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError('expected a list of a GraphQL document');
  return value.map((one: Json) => read(objectOf(one)));
}

const text = (value: Json | undefined): string => (value === undefined || value === null ? '' : stringOperand(value));

/** @throws TypeError for what GraphQL does not allow as a name */
function nameOf(value: Json | undefined): Node {
  const name = text(value);
  if (!/^[_A-Za-z][_0-9A-Za-z]*$/.test(name)) throw new TypeError('expected a name');
  return { kind: 'Name', value: name };
}

const namedType = (value: Json | undefined): Node => ({ kind: 'NamedType', name: nameOf(value) });
const namedTypes = (value: Json | undefined): Node[] =>
  ((value ?? []) as readonly Json[]).map((one) => namedType(stringOperand(one)));

function description(of: JsonObject): { description?: Node } {
  const value = text(of.Description);
  return value === '' ? {} : { description: { kind: 'StringValue', value, block: true } };
}

function type(value: Json | undefined): Node {
  const { NamedType, Elem, NonNull } = objectOf(value);
  const inner = text(NamedType) === '' ? { kind: 'ListType', type: type(Elem) } : namedType(NamedType);
  return NonNull === true ? { kind: 'NonNullType', type: inner } : inner;
}

type ValueKind = (typeof valueKinds)[number];

const values: Readonly<Record<ValueKind, (raw: string, of: JsonObject) => Node>> = {
  Variable: (raw) => ({ kind: 'Variable', name: nameOf(raw) }),
  IntValue: (raw) => ({ kind: 'IntValue', value: raw }),
  FloatValue: (raw) => ({ kind: 'FloatValue', value: raw }),
  StringValue: (raw) => ({ kind: 'StringValue', value: raw, block: false }),
  BlockValue: (raw) => ({ kind: 'StringValue', value: raw, block: true }),
  BooleanValue: (raw) => ({ kind: 'BooleanValue', value: raw === 'true' }),
  NullValue: () => ({ kind: 'NullValue' }),
  EnumValue: (raw) => ({ kind: 'EnumValue', value: raw }),
  ListValue: (_, of) => ({ kind: 'ListValue', values: list(of.Children, (child) => value(child.Value)) }),
  ObjectValue: (_, of) => ({
    kind: 'ObjectValue',
    fields: list(of.Children, (child) => ({
      kind: 'ObjectField',
      name: nameOf(child.Name),
      value: value(child.Value),
    })),
  }),
};

function value(given: Json | undefined): Node {
  const of = objectOf(given);
  const kind = valueKinds[Number(of.Kind ?? 0)];
  if (kind === undefined) throw new TypeError('expected a kind of value');
  return values[kind](text(of.Raw), of);
}

const optional = (given: Json | undefined): { defaultValue?: Node } =>
  given === undefined || given === null ? {} : { defaultValue: value(given) };

const argument = (of: JsonObject): Node => ({ kind: 'Argument', name: nameOf(of.Name), value: value(of.Value) });

const directive = (of: JsonObject): Node => ({
  kind: 'Directive',
  name: nameOf(of.Name),
  arguments: list(of.Arguments, argument),
});

const directives = (of: JsonObject): Node[] => list(of.Directives, directive);

const variable = (of: JsonObject): Node => ({
  kind: 'VariableDefinition',
  variable: { kind: 'Variable', name: nameOf(of.Variable) },
  type: type(of.Type),
  ...optional(of.DefaultValue),
  directives: directives(of),
});

function selectionSet(of: JsonObject): { selectionSet?: Node } {
  const selections = list(of.SelectionSet, selection);
  return selections.length === 0 ? {} : { selectionSet: { kind: 'SelectionSet', selections } };
}

function selection(of: JsonObject): Node {
  if (of.TypeCondition !== undefined)
    return {
      kind: 'InlineFragment',
      ...(text(of.TypeCondition) === '' ? {} : { typeCondition: namedType(of.TypeCondition) }),
      directives: directives(of),
      ...selectionSet(of),
    };
  if (of.Alias === undefined) return { kind: 'FragmentSpread', name: nameOf(of.Name), directives: directives(of) };
  return {
    kind: 'Field',
    ...(of.Alias === of.Name ? {} : { alias: nameOf(of.Alias) }),
    name: nameOf(of.Name),
    arguments: list(of.Arguments, argument),
    directives: directives(of),
    ...selectionSet(of),
  };
}

const inputValue = (of: JsonObject): Node => ({
  kind: 'InputValueDefinition',
  ...description(of),
  name: nameOf(of.Name),
  type: type(of.Type),
  ...optional(of.DefaultValue),
  directives: directives(of),
});

const field = (of: JsonObject): Node => ({
  kind: 'FieldDefinition',
  ...description(of),
  name: nameOf(of.Name),
  arguments: list(of.Arguments, inputValue),
  type: type(of.Type),
  directives: directives(of),
});

const enumValue = (of: JsonObject): Node => ({
  kind: 'EnumValueDefinition',
  ...description(of),
  name: nameOf(of.Name),
  directives: directives(of),
});

const operation = (of: JsonObject): Node => ({
  kind: 'OperationDefinition',
  operation: text(of.Operation),
  ...(text(of.Name) === '' ? {} : { name: nameOf(of.Name) }),
  variableDefinitions: list(of.VariableDefinitions, variable),
  directives: directives(of),
  selectionSet: { kind: 'SelectionSet', selections: list(of.SelectionSet, selection) },
});

const fragment = (of: JsonObject): Node => ({
  kind: 'FragmentDefinition',
  name: nameOf(of.Name),
  variableDefinitions: list(of.VariableDefinition, variable),
  typeCondition: namedType(of.TypeCondition),
  directives: directives(of),
  selectionSet: { kind: 'SelectionSet', selections: list(of.SelectionSet, selection) },
});

const schema =
  (kind: string) =>
  (of: JsonObject): Node => ({
    kind,
    ...description(of),
    directives: directives(of),
    operationTypes: list(of.OperationTypes, (one) => ({
      kind: 'OperationTypeDefinition',
      operation: text(one.Operation),
      type: namedType(one.Type),
    })),
  });

const directiveDefinition = (of: JsonObject): Node => ({
  kind: 'DirectiveDefinition',
  ...description(of),
  name: nameOf(of.Name),
  arguments: list(of.Arguments, inputValue),
  repeatable: of.IsRepeatable === true,
  locations: ((of.Locations ?? []) as readonly Json[]).map((one) => nameOf(one)),
});

/** By OPA's kind: what the parser's begins with. */
const typeKinds = new Map([
  ['SCALAR', 'Scalar'],
  ['OBJECT', 'Object'],
  ['INTERFACE', 'Interface'],
  ['UNION', 'Union'],
  ['ENUM', 'Enum'],
  ['INPUT_OBJECT', 'InputObject'],
]);

const typeDefinition =
  (what: 'Definition' | 'Extension') =>
  (of: JsonObject): Node => {
    const kind = typeKinds.get(text(of.Kind));
    if (kind === undefined) throw new TypeError('expected a kind of type');
    return {
      kind: `${kind}Type${what}`,
      ...(what === 'Definition' ? description(of) : {}),
      name: nameOf(of.Name),
      directives: directives(of),
      interfaces: namedTypes(of.Interfaces),
      fields: list(of.Fields, kind === 'InputObject' ? inputValue : field),
      types: namedTypes(of.Types),
      values: list(of.EnumValues, enumValue),
    };
  };

const definitions = new Map<string, (of: JsonObject) => Node>([
  ['Operations', operation],
  ['Fragments', fragment],
  ['Schema', schema('SchemaDefinition')],
  ['SchemaExtension', schema('SchemaExtension')],
  ['Directives', directiveDefinition],
  ['Definitions', typeDefinition('Definition')],
  ['Extensions', typeDefinition('Extension')],
]);

/** The document that such an object (`writeDocument`) stands for; members that are none of it are not looked at. @throws TypeError */
export function readDocument(of: JsonObject, lists: readonly string[]): DocumentNode {
  const nodes = lists.flatMap((name) => {
    const read = definitions.get(name);
    return read === undefined ? [] : list(of[name], read);
  });
  return { kind: 'Document', definitions: nodes } as unknown as DocumentNode;
}
