import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import type { JsonObject } from '../../request.ts';

/** Fields of one operation with its fragments spread out, and how deep they may stand. */
const fieldLimit = 1_000;
const depthLimit = 64;

/** The operation that runs: the one of this name, or the only one. Null when there is none, or none can be told. */
export function selectOperation(document: DocumentNode, name: string | null): OperationDefinitionNode | null {
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition');
  const chosen = name === null || name === '' ? operations : operations.filter((one) => one.name?.value === name);
  return chosen.length === 1 ? (chosen[0] ?? null) : null;
}

/** One field where it stands. */
interface Selected {
  /** Names, not aliases, from the root: `customer.orders.id`. */
  readonly path: string;
  readonly name: string;
  /** The member of the response: the alias, or the name. */
  readonly alias: string;
  readonly arguments: readonly string[];
}

/**
 * What an operation does, its fragments spread out:
 *
 * - `type` (`query`, `mutation`, `subscription`), `name` (null for none), `depth`, `introspection` (`__schema`, `__type`)
 * - `roots`: names of the fields of the root, sorted: what a mutation runs
 * - `fields`: [{path, name, alias, arguments}] in order; `names`: every field's name, sorted
 * - `renamed`: names that come out under another one, sorted (threat 2); `directives`: names, sorted
 *
 * Or the reason why it can't be described.
 */
export function operationFacts(document: DocumentNode, operation: OperationDefinitionNode): JsonObject | string {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === 'FragmentDefinition') {
      if (fragments.has(definition.name.value)) return 'a fragment is defined twice';
      fragments.set(definition.name.value, definition);
    }
  const walk = { fragments, fields: [] as Selected[], directives: new Set<string>(), depth: 0, spread: 0 };
  for (const { name } of operation.directives ?? []) walk.directives.add(name.value);
  const fault = select(operation.selectionSet, [], [], walk);
  if (fault !== null) return fault;
  const names = [...new Set(walk.fields.map(({ name }) => name))].sort();
  const renamed = new Set(walk.fields.filter(({ name, alias }) => name !== alias).map(({ name }) => name));
  return {
    type: operation.operation,
    name: operation.name?.value ?? null,
    depth: walk.depth,
    introspection: names.includes('__schema') || names.includes('__type'),
    roots: [...new Set(walk.fields.filter(({ path, name }) => path === name).map(({ name }) => name))].sort(),
    names,
    renamed: [...renamed].sort(),
    directives: [...walk.directives].sort(),
    fields: walk.fields.map((field) => ({ ...field })),
  };
}

interface Walk {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly fields: Selected[];
  readonly directives: Set<string>;
  depth: number;
  /** Fragments that were spread: they multiply. */
  spread: number;
}

/** Adds what a selection set selects; says why it can't. `open`: fragments that are being spread. */
function select(set: SelectionSetNode, path: readonly string[], open: readonly string[], walk: Walk): string | null {
  if (path.length + open.length > depthLimit) return `the query is nested deeper than ${depthLimit}`;
  walk.depth = Math.max(walk.depth, path.length + 1);
  for (const selection of set.selections) {
    for (const { name } of selection.directives ?? []) walk.directives.add(name.value);
    let fault: string | null;
    if (selection.kind === 'Field') fault = field(selection, path, open, walk);
    else if (selection.kind === 'InlineFragment') fault = select(selection.selectionSet, path, [...open, ''], walk);
    else fault = spread(selection.name.value, path, open, walk);
    if (fault !== null) return fault;
  }
  return null;
}

function field(node: FieldNode, path: readonly string[], open: readonly string[], walk: Walk): string | null {
  const name = node.name.value;
  const here = [...path, name];
  if (walk.fields.length >= fieldLimit) return `the query selects more than ${fieldLimit} fields`;
  walk.fields.push({
    path: here.join('.'),
    name,
    alias: node.alias?.value ?? name,
    arguments: (node.arguments ?? []).map((argument) => argument.name.value),
  });
  return node.selectionSet === undefined ? null : select(node.selectionSet, here, open, walk);
}

function spread(name: string, path: readonly string[], open: readonly string[], walk: Walk): string | null {
  const fragment = walk.fragments.get(name);
  if (fragment === undefined) return 'the query spreads a fragment that it does not define';
  if (open.includes(name)) return 'a fragment contains itself';
  walk.spread += 1;
  if (walk.spread > fieldLimit) return `the query spreads more than ${fieldLimit} fragments`;
  return select(fragment.selectionSet, path, [...open, name], walk);
}
