import type { Json, JsonObject } from '../request.ts';
import { columnsOf, isCondition } from './columns.ts';
import { changesReading, functionWrites, isStatement, kindOf, runsText, selectWrites, writesByItself } from './kind.ts';
import { objectsOf } from './objects.ts';
import { shapeOf } from './shape.ts';
import { type Node, namesOf, nodeOf, nodesOf, type Tree, text, walk } from './tree.ts';

/** Members that a list of facts may have; a statement with more is `unparsed`. */
const listLimit = 256;

/**
 * What one statement does, as policies see it in `input.commands[].statements[]`:
 *
 * - `kind`: `select`, `insert`, `delete`, `drop`, `do`...; `set_unsafe` when it changes how the server reads text
 * - `writes`: it or a statement within it may change something; for `explain` only with ANALYZE
 * - `where`: it has a condition that reads a column, and so has every UPDATE and DELETE within it
 * - `objects`: [{schema, name, kind}]; `functions`: [name], without `pg_catalog.`; `nested`: kinds of the statements within
 * - `columns`, `star`, `row`, `renamed`, `fields`, `computed`: see `ColumnFacts`
 * - `settings`: names that SET or RESET changes; `program`: the command of COPY ... PROGRAM
 * - `opaque`: it runs text, or a body, that can't be seen: EXECUTE, a body in another language, `query_to_xml`...
 * - `shape`: the fingerprint
 */
export type StatementFacts = JsonObject & { readonly kind: string; readonly shape: string };

/**
 * Facts of a statement by its parse tree. `otherNames`: see `columnsOf`. `opaque`: not all that it runs is in the tree.
 * @throws RangeError when a list would have more than 256 members
 */
export function factsOf(tree: Tree, { otherNames = false, opaque = false } = {}): StatementFacts {
  const statement = nodeOf(tree) ?? { name: '', fields: {} };
  const within = statementsWithin(statement);
  const functions = functionsOf(tree);
  const settings = settingsOf(tree);
  const unsafe = some(tree, changesReading);
  const objects = objectsOf(tree).map(({ schema, name, kind }) => ({ schema, name, kind }));
  const columns = columnsOf(statement, otherNames);
  const program = programOf(tree);
  const facts = {
    kind: unsafe ? 'set_unsafe' : kindOf(statement),
    writes: unsafe || writes(tree, statement, within, functions),
    where: conditional(statement, within),
    objects,
    functions,
    nested: [...new Set(within.map(kindOf))].sort(),
    columns: columns.columns.map(({ name, table, alias, expression }) => ({ name, table, alias, expression })),
    star: columns.star,
    row: columns.row,
    renamed: columns.renamed,
    fields: columns.fields,
    computed: columns.computed,
    opaque: opaque || [statement, ...within].some(({ name }) => name === 'ExecuteStmt') || functions.some(runsText),
    ...(settings.length === 0 ? {} : { settings }),
    ...(program === null ? {} : { program }),
    shape: shapeOf(tree),
  };
  for (const list of [objects, functions, facts.columns, facts.fields])
    if (list.length > listLimit) throw new RangeError(`the statement names more than ${listLimit} things`);
  return facts;
}

/** The statements within, at any depth. Those that the parser gives without a name, such as branches, are not. */
function statementsWithin(statement: Node): readonly Node[] {
  const found: Node[] = [];
  for (const child of Object.values(statement.fields))
    if (typeof child === 'object')
      walk(child, (node) => {
        if (isStatement(node)) found.push(node);
        return undefined;
      });
  return found;
}

function writes(tree: Tree, statement: Node, within: readonly Node[], functions: readonly string[]): boolean {
  // Without ANALYZE, EXPLAIN runs nothing.
  if (statement.name === 'ExplainStmt' && !analyzes(statement)) return false;
  return [statement, ...within].some(writesByItself) || some(tree, selectWrites) || functions.some(functionWrites);
}

const off: ReadonlySet<string> = new Set(['false', 'off', '0']);

/** Options repeat, and the last one counts; here any that is not plainly off counts. */
function analyzes({ fields }: Node): boolean {
  return nodesOf(fields.options).some(({ fields: option }) => {
    if (text(option.defname).toLowerCase() !== 'analyze') return false;
    const value = nodeOf(option.arg);
    if (value === null) return true;
    const said = value.name === 'Integer' ? String(value.fields.ival ?? 0) : text(value.fields.sval).toLowerCase();
    return !off.has(said);
  });
}

type Own = (statement: Node, within: readonly Node[]) => readonly Node[];

const ownOnly: Own = (statement) => [statement];
const firstWithin: Own = (_, within) => within.slice(0, 1);

/** Statements whose condition is that of what they run. */
const bearers: Readonly<Record<string, Own>> = {
  ExplainStmt: firstWithin,
  PrepareStmt: firstWithin,
  DoStmt: (_, within) => within,
};

function conditional(statement: Node, within: readonly Node[]): boolean {
  const bounded = (node: Node) => isCondition(node.fields.whereClause);
  const own = (bearers[statement.name] ?? ownOnly)(statement, within);
  const needed = within.filter(({ name }) => name === 'DeleteStmt' || name === 'UpdateStmt');
  return own.some(bounded) && needed.every(bounded);
}

function functionsOf(tree: Tree): readonly string[] {
  const found = new Set<string>();
  walk(tree, ({ name, fields }) => {
    const path = name === 'FuncCall' || fields.funcname !== undefined ? namesOf(fields.funcname) : [];
    if (path.length > 0 && name !== 'CreateFunctionStmt')
      found.add((path[0] === 'pg_catalog' ? path.slice(1) : path).join('.'));
    return undefined;
  });
  return [...found].sort();
}

function settingsOf(tree: Tree): readonly string[] {
  const found = new Set<string>();
  walk(tree, ({ fields }) => {
    if (text(fields.kind).startsWith('VAR_')) found.add(text(fields.name) || 'all');
    return undefined;
  });
  return [...found].sort();
}

function programOf(tree: Tree): string | null {
  let program: string | null = null;
  walk(tree, ({ fields }) => {
    if (fields.is_program === true) program = text(fields.filename);
    return undefined;
  });
  return program;
}

function some(tree: Tree, test: (node: Node) => boolean): boolean {
  let found = false;
  walk(tree, (node) => {
    found ||= test(node);
    return !found;
  });
  return found;
}

/** The same facts with names in lower case. */
export function folded(facts: StatementFacts): StatementFacts {
  const lists = ['objects', 'functions', 'columns', 'fields', 'computed'].map((member) => [
    member,
    lower(facts[member] ?? []),
  ]);
  return { ...facts, ...Object.fromEntries(lists) };
}

function lower(json: Json): Json {
  if (typeof json === 'string') return json.toLowerCase();
  if (Array.isArray(json)) return json.map(lower);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([member, value]) => [member, lower(value)]));
}
