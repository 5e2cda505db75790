import type {
  ArgumentNode,
  DefinitionNode,
  DirectiveDefinitionNode,
  DirectiveNode,
  DocumentNode,
  EnumValueDefinitionNode,
  FieldDefinitionNode,
  InputValueDefinitionNode,
  OperationTypeDefinitionNode,
  SelectionNode,
  SelectionSetNode,
  TypeNode,
  ValueNode,
  VariableDefinitionNode,
} from 'graphql';
import type { Json, JsonObject } from '../../../request.ts';

/** Kinds of values by their number in OPA's objects. */
export const valueKinds = [
  'Variable',
  'IntValue',
  'FloatValue',
  'StringValue',
  'BlockValue',
  'BooleanValue',
  'NullValue',
  'EnumValue',
  'ListValue',
  'ObjectValue',
] as const;

/** OPA leaves out what is null, and lists and objects without members. */
function members(all: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept = Object.entries(all).filter(
    (entry): entry is [string, Json] =>
      entry[1] !== undefined && (typeof entry[1] !== 'object' || Object.keys(entry[1] ?? {}).length > 0),
  );
  return Object.fromEntries(kept);
}

function list<Node>(nodes: readonly Node[] | undefined, write: (node: Node) => Json): Json[] {
  return (nodes ?? []).map(write);
}

interface Named {
  readonly name: { readonly value: string };
}

const nameOf = ({ name }: Named): string => name.value;
const names = (nodes: readonly Named[] | undefined): Json[] => list(nodes, nameOf);
const description = (node: { readonly description?: { readonly value: string } | undefined }): string =>
  node.description?.value ?? '';

function type(node: TypeNode): JsonObject {
  if (node.kind === 'NonNullType') return { ...type(node.type), NonNull: true };
  if (node.kind === 'NamedType') return { NamedType: node.name.value, NonNull: false };
  return { NamedType: '', NonNull: false, Elem: type(node.type) };
}

function kindOf(node: ValueNode): number {
  return valueKinds.indexOf(node.kind === 'StringValue' && node.block ? 'BlockValue' : node.kind);
}

function raw(node: ValueNode): string {
  if (node.kind === 'Variable') return node.name.value;
  if (node.kind === 'NullValue') return 'null';
  return 'value' in node ? String(node.value) : '';
}

function children(node: ValueNode): Json[] {
  if (node.kind === 'ListValue') return node.values.map((one) => ({ Name: '', Value: value(one) }));
  if (node.kind === 'ObjectValue') return node.fields.map((one) => ({ Name: nameOf(one), Value: value(one.value) }));
  return [];
}

function value(node: ValueNode): JsonObject {
  return members({ Raw: raw(node), Kind: kindOf(node), ExpectedTypeHasDefault: false, Children: children(node) });
}

const optional = (node: ValueNode | undefined): Json | undefined => (node === undefined ? undefined : value(node));

const argument = (node: ArgumentNode): Json => ({ Name: nameOf(node), Value: value(node.value) });

const directive = (node: DirectiveNode): Json =>
  members({ Name: nameOf(node), Arguments: list(node.arguments, argument), Location: '' });

const directives = (node: { readonly directives?: readonly DirectiveNode[] | undefined }): Json[] =>
  list(node.directives, directive);

const variable = (node: VariableDefinitionNode): Json =>
  members({
    Variable: node.variable.name.value,
    Type: type(node.type),
    DefaultValue: optional(node.defaultValue),
    Directives: directives(node),
    Used: false,
  });

const selections = (node: SelectionSetNode | undefined): Json[] => list(node?.selections, selection);

function selection(node: SelectionNode): Json {
  if (node.kind === 'FragmentSpread') return members({ Name: nameOf(node), Directives: directives(node) });
  const within = { Directives: directives(node), SelectionSet: selections(node.selectionSet) };
  if (node.kind === 'InlineFragment')
    return members({ TypeCondition: node.typeCondition?.name.value ?? '', ...within });
  const alias = node.alias?.value ?? nameOf(node);
  return members({ Alias: alias, Name: nameOf(node), Arguments: list(node.arguments, argument), ...within });
}

const inputValue = (node: InputValueDefinitionNode): Json =>
  members({
    Description: description(node),
    Name: nameOf(node),
    DefaultValue: optional(node.defaultValue),
    Type: type(node.type),
    Directives: directives(node),
  });

const field = (node: FieldDefinitionNode): Json =>
  members({
    Description: description(node),
    Name: nameOf(node),
    Arguments: list(node.arguments, inputValue),
    Type: type(node.type),
    Directives: directives(node),
  });

const enumValue = (node: EnumValueDefinitionNode): Json =>
  members({ Description: description(node), Name: nameOf(node), Directives: directives(node) });

const operationType = (node: OperationTypeDefinitionNode): Json => ({
  Operation: node.operation,
  Type: node.type.name.value,
});

const directiveDefinition = (node: DirectiveDefinitionNode): Json =>
  members({
    Description: description(node),
    Name: nameOf(node),
    Arguments: list(node.arguments, inputValue),
    Locations: names(node.locations.map((name) => ({ name }))),
    IsRepeatable: node.repeatable,
  });

/** Kinds of types by the words that the parser's kinds begin with. */
const typeKinds = new Map([
  ['Scalar', 'SCALAR'],
  ['Object', 'OBJECT'],
  ['Interface', 'INTERFACE'],
  ['Union', 'UNION'],
  ['Enum', 'ENUM'],
  ['InputObject', 'INPUT_OBJECT'],
]);

type TypeNodes = Exclude<
  DefinitionNode,
  {
    kind: 'OperationDefinition' | 'FragmentDefinition' | 'DirectiveDefinition' | 'SchemaDefinition' | 'SchemaExtension';
  }
>;

function fieldsOf(node: TypeNodes): Json[] {
  if (!('fields' in node)) return [];
  return (node.fields ?? []).map((one) => (one.kind === 'FieldDefinition' ? field(one) : inputValue(one)));
}

function typeDefinition(node: TypeNodes): Json {
  return members({
    Kind: typeKinds.get(node.kind.replace(/Type(?:Definition|Extension)$/, '')),
    Description: 'description' in node ? description(node) : '',
    Name: nameOf(node),
    Directives: directives(node),
    Interfaces: names('interfaces' in node ? node.interfaces : []),
    Fields: fieldsOf(node),
    Types: names('types' in node ? node.types : []),
    EnumValues: list('values' in node ? node.values : [], enumValue),
    BuiltIn: false,
  });
}

/** The list of the document that a definition belongs to, and what is written there. */
function definition(node: DefinitionNode): readonly [list: string, written: Json] {
  switch (node.kind) {
    case 'OperationDefinition':
      return [
        'Operations',
        members({
          Operation: node.operation,
          Name: node.name?.value ?? '',
          VariableDefinitions: list(node.variableDefinitions, variable),
          Directives: directives(node),
          SelectionSet: selections(node.selectionSet),
        }),
      ];
    case 'FragmentDefinition':
      return [
        'Fragments',
        members({
          Name: nameOf(node),
          VariableDefinition: list(node.variableDefinitions, variable),
          TypeCondition: node.typeCondition.name.value,
          Directives: directives(node),
          SelectionSet: selections(node.selectionSet),
        }),
      ];
    case 'SchemaDefinition':
    case 'SchemaExtension':
      return [
        node.kind === 'SchemaDefinition' ? 'Schema' : 'SchemaExtension',
        members({
          Description: 'description' in node ? description(node) : '',
          Directives: directives(node),
          OperationTypes: list(node.operationTypes, operationType),
        }),
      ];
    case 'DirectiveDefinition':
      return ['Directives', directiveDefinition(node)];
    default:
      return [node.kind.endsWith('Extension') ? 'Extensions' : 'Definitions', typeDefinition(node)];
  }
}

/** A document as OPA writes it (the tree of `github.com/vektah/gqlparser/v2/ast`), without positions and comments. */
export function writeDocument(document: DocumentNode): JsonObject {
  const lists: Record<string, Json[]> = {};
  for (const node of document.definitions) {
    const [name, written] = definition(node);
    lists[name] ??= [];
    lists[name].push(written);
  }
  return lists;
}
