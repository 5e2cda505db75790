import { type Node, namesOf, nodeOf, nodesOf, type Tree, text, walk } from './tree.ts';

/** One column of a statement's result. */
export interface ResultColumn {
  /** The column it is read from; null for an expression. `*` for a star. */
  readonly name: string | null;
  /** Table, or alias of one, that it is read from, where the text says so. */
  readonly table: string | null;
  /** The name that the caller sees; null where the server chooses one (`?column?`). */
  readonly alias: string | null;
  readonly expression: boolean;
}

/** What a statement reads, and under which names it comes out (threat 2). */
export interface ColumnFacts {
  /** Of the outermost query or RETURNING; of every branch of a UNION, under the names of its first. */
  readonly columns: readonly ResultColumn[];
  /** A star stands anywhere, those within it included; `count(*)` is none. */
  readonly star: boolean;
  /** A whole row is used as a value (`SELECT t FROM t`, `row_to_json(t)`). */
  readonly row: boolean;
  /** A column can come out under another name than its own, at any depth: alias, UNION, column list. */
  readonly renamed: boolean;
  /** Every column that is named anywhere in the statement, sorted. */
  readonly fields: readonly string[];
  /** Of these the ones that stand anywhere but bare in a result: in a condition, an expression, an order. Sorted. */
  readonly computed: readonly string[];
}

/**
 * Column facts of a statement. `otherNames`: of a database that names results in its own way, so that an alias that only
 * changes the case is one, and a star over several relations may rename what is in both (`ssn:1`).
 */
export function columnsOf(statement: Node, otherNames = false): ColumnFacts {
  const fields = new Set<string>();
  const uses = new Map<string, number>();
  let sources = 0;
  const relations = new Set<string>();
  const singles = new Set<string>();
  let star = false;
  let renamed = false;
  walk({ [statement.name]: statement.fields }, (node) => {
    relations.add(text(node.fields.relname));
    relations.add(text(node.fields.aliasname));
    relations.add(text(node.fields.ctename));
    for (const field of node.name === 'CopyStmt' ? namesOf(node.fields.attlist) : []) fields.add(field);
    if (Array.isArray(node.fields.colnames) || Array.isArray(node.fields.aliascolnames)) renamed = true;
    // A branch of a UNION comes without its node's name.
    if (/^SETOP_(?!NONE)/.test(text(node.fields.op))) renamed ||= unionRenames(node);
    if (node.name === 'RangeVar') sources += 1;
    if (node.name === 'ResTarget') {
      renamed ||= targetRenames(node, otherNames);
      count(uses, bareColumn(node), -1);
    }
    const path = read(node);
    const last = path.at(-1);
    if (last === undefined) return undefined;
    if (last === '*') star = true;
    else fields.add(last);
    count(uses, last, 1);
    if (node.name === 'ColumnRef' && path.length === 1) singles.add(last);
    return undefined;
  });
  relations.delete('');
  return {
    columns: branches(statement).flat(),
    star,
    row: [...singles].some((name) => relations.has(name)),
    renamed: renamed || (otherNames && star && sources > 1),
    fields: [...fields].sort(),
    computed: [...uses].flatMap(([name, times]) => (times > 0 && name !== '*' ? [name] : [])).sort(),
  };
}

function count(uses: Map<string, number>, name: string, by: number): void {
  if (name !== '') uses.set(name, (uses.get(name) ?? 0) + by);
}

/** The column that a result is, as it is; empty for anything else. */
function bareColumn({ fields }: Node): string {
  const value = nodeOf(fields.val);
  return value?.name === 'ColumnRef' ? (namesOf(value.fields.fields).at(-1) ?? '') : '';
}

/** The path of the column that a node reads, `*` last for all of them; empty for a node that reads none. */
function read({ name, fields }: Node): readonly string[] {
  if (name === 'ColumnRef') return namesOf(fields.fields);
  if (name === 'A_Indirection')
    return namesOf(fields.indirection)
      .filter((field) => field !== '')
      .slice(-1);
  // COPY of a table without a list copies every column.
  if (name === 'CopyStmt' && fields.relation !== undefined && fields.attlist === undefined) return ['*'];
  return [];
}

/** The result columns of each branch, the first branch's names on all of them. */
function branches(statement: Node): readonly (readonly ResultColumn[])[] {
  const [first, ...others] = targetLists(statement).map((targets) => targets.map(columnOf));
  if (first === undefined) return [];
  return [first, ...others.map((list) => list.map((column, at) => ({ ...column, alias: first[at]?.alias ?? null })))];
}

/** The lists of results of a statement, one per branch of a UNION. */
function targetLists({ fields }: Node): readonly (readonly Node[])[] {
  const arms = [fields.larg, fields.rarg].flatMap((arm) => nodeOf(arm) ?? []);
  if (arms.length > 0) return arms.flatMap(targetLists);
  if (fields.returningList !== undefined) return [nodesOf(fields.returningList)];
  const { query } = fields;
  if (fields.targetList === undefined && query !== undefined) return nodesOf([query]).flatMap(targetLists);
  return fields.valuesLists === undefined && Array.isArray(fields.targetList) && fields.relation === undefined
    ? [nodesOf(fields.targetList)]
    : [];
}

function columnOf({ fields }: Node): ResultColumn {
  const alias = text(fields.name) || null;
  const value = nodeOf(fields.val);
  if (value?.name !== 'ColumnRef') return { name: null, table: null, alias, expression: true };
  const path = namesOf(value.fields.fields);
  const name = path.at(-1) ?? '';
  return { name, table: path.at(-2) ?? null, alias: alias ?? name, expression: false };
}

/** `ssn AS x`. An assignment of UPDATE or INSERT is a ResTarget too: it counts, since it can copy a field elsewhere. */
function targetRenames(target: Node, otherNames: boolean): boolean {
  const alias = text(target.fields.name);
  const column = bareColumn(target);
  return alias !== '' && column !== '' && (otherNames || column !== alias);
}

/** The first branch names the results of all: a star, whose columns nobody here knows, may rename any of them. */
function unionRenames(node: Node): boolean {
  return branches(node).some((list) => list.some(({ name, alias }) => name !== alias || name === '*'));
}

/** True when a condition reads a column: `WHERE true` and `WHERE 1 = 1` are no conditions. */
export function isCondition(tree: Tree): boolean {
  let reads = false;
  walk(tree, ({ name }) => {
    if (name === 'ColumnRef' || name === 'CurrentOfExpr') reads = true;
    return !reads;
  });
  return reads;
}
