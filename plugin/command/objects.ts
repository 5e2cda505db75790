import { isRecord, type Node, namesOf, nodeOf, nodesOf, type Tree, text } from './tree.ts';

/** Something in the database that a statement names. `schema` is null where the text does not give one. */
export interface DatabaseObject {
  readonly schema: string | null;
  readonly name: string;
  /** `table` also stands for a view: the text does not tell them apart. */
  readonly kind: string;
}

type Scope = ReadonlySet<string>;

/**
 * Every object that a statement names, each once. A name that a `WITH` in scope defines is not an object; the same
 * name where that `WITH` can't be seen, or as the target of a write, is.
 */
export function objectsOf(statement: Tree): readonly DatabaseObject[] {
  const found = new Map<string, DatabaseObject>();
  const add = (object: DatabaseObject) => {
    if (object.name !== '') found.set(JSON.stringify([object.schema, object.name, object.kind]), object);
  };
  visit(statement, new Set(), add);
  return [...found.values()];
}

type Add = (object: DatabaseObject) => void;

function visit(tree: Tree, scope: Scope, add: Add): void {
  if (Array.isArray(tree)) {
    for (const item of tree) visit(item, scope, add);
    return;
  }
  const node = nodeOf(tree);
  if (node === null) return;
  const { fields } = node;
  for (const object of named(node)) add(object);
  if (typeof fields.relname === 'string') relation(fields, node.name === 'RangeVar' ? scope : nowhere, add);
  const inner = withScope(fields.withClause, scope, add);
  for (const [key, child] of Object.entries(fields))
    if (key !== 'withClause' && typeof child === 'object') visit(child, inner, add);
}

/** A target of a write is never a CTE; the parser gives it as a bare RangeVar. */
const nowhere: Scope = new Set();

function relation(fields: Readonly<Record<string, unknown>>, scope: Scope, add: Add): void {
  const schema = text(fields.schemaname) || null;
  const name = text(fields.relname);
  if (schema === null && scope.has(name)) return;
  add({ schema, name, kind: 'table' });
}

/** Visits the queries of a `WITH`, and returns the scope of what follows it. */
function withScope(withClause: unknown, scope: Scope, add: Add): Scope {
  if (!isRecord(withClause)) return scope;
  const clause = nodeOf(withClause)?.fields ?? {};
  const ctes = nodesOf(clause.ctes);
  const names = ctes.map(({ fields }) => text(fields.ctename));
  let seen: Scope = clause.recursive === true ? new Set([...scope, ...names]) : scope;
  for (const { fields } of ctes) {
    visit(fields.ctequery, seen, add);
    seen = new Set([...seen, text(fields.ctename)]);
  }
  return seen;
}

/** `OBJECT_TABLE` as `table`, `OBJECT_FOREIGN_TABLE` as `foreign_table`. */
function objectKind(type: unknown): string {
  return text(type)
    .replace(/^OBJECT_/, '')
    .toLowerCase();
}

function qualified(names: readonly string[], kind: string): DatabaseObject {
  return { schema: names.at(-2) ?? null, name: names.at(-1) ?? '', kind };
}

/** Names as the parser gives them where any kind of object may stand: a String, a list of them, or with arguments. */
function namesAt(tree: Tree): readonly string[] {
  const node = nodeOf(tree);
  if (node === null) return [];
  if (node.name === 'String') return [text(node.fields.sval)];
  if (node.name === 'List') return namesOf(node.fields.items);
  if (node.name === 'ObjectWithArgs') return namesOf(node.fields.objname);
  if (node.name === 'TypeName') return namesOf(node.fields.names);
  return [];
}

/** Members of a node that name an object of a kind, other than relations. */
const members: Readonly<Record<string, readonly (readonly [member: string, kind: string])[]>> = {
  CreateSchemaStmt: [['schemaname', 'schema']],
  CreatedbStmt: [['dbname', 'database']],
  DropdbStmt: [['dbname', 'database']],
  AlterDatabaseStmt: [['dbname', 'database']],
  AlterDatabaseSetStmt: [['dbname', 'database']],
  CreateRoleStmt: [['role', 'role']],
  CreateTableSpaceStmt: [['tablespacename', 'tablespace']],
  DropTableSpaceStmt: [['tablespacename', 'tablespace']],
  CreateExtensionStmt: [['extname', 'extension']],
  AlterExtensionStmt: [['extname', 'extension']],
  CreateSubscriptionStmt: [['subname', 'subscription']],
  DropSubscriptionStmt: [['subname', 'subscription']],
  CreatePublicationStmt: [['pubname', 'publication']],
  CreateFdwStmt: [['fdwname', 'fdw']],
  CreateForeignServerStmt: [['servername', 'foreign_server']],
  CreateTrigStmt: [['trigname', 'trigger']],
  CreatePolicyStmt: [['policy_name', 'policy']],
  IndexStmt: [['idxname', 'index']],
  RuleStmt: [['rulename', 'rule']],
};

/** Kinds whose name the parser puts behind that of their table. */
const ofTable: ReadonlySet<string> = new Set(['policy', 'trigger', 'rule']);

function onTable(names: readonly string[], kind: string): readonly DatabaseObject[] {
  return [{ schema: names.at(-3) ?? null, name: names.at(-1) ?? '', kind }, qualified(names.slice(0, -1), 'table')];
}

function named({ name, fields }: Node): readonly DatabaseObject[] {
  if (name === 'DropStmt') {
    const kind = objectKind(fields.removeType);
    const objects: readonly unknown[] = Array.isArray(fields.objects) ? fields.objects : [];
    return objects.flatMap((tree) =>
      ofTable.has(kind) ? onTable(namesAt(tree), kind) : [qualified(namesAt(tree), kind)],
    );
  }
  if (name === 'CreateFunctionStmt') {
    const kind = fields.is_procedure === true ? 'procedure' : 'function';
    return [qualified(namesOf(fields.funcname), kind)];
  }
  if (name === 'DropRoleStmt' || name === 'AlterRoleStmt' || name === 'AlterRoleSetStmt') return roles(fields);
  const direct = (members[name] ?? []).map(([member, kind]) => ({ schema: null, name: text(fields[member]), kind }));
  const object = fields.object === undefined ? [] : namesAt(fields.object);
  const type = fields.renameType ?? fields.objectType ?? fields.objtype;
  return object.length === 0 ? direct : [...direct, qualified(object, objectKind(type))];
}

function roles(fields: Readonly<Record<string, unknown>>): readonly DatabaseObject[] {
  const specs = Array.isArray(fields.roles) ? nodesOf(fields.roles) : nodesOf([fields.role]);
  return specs.map((spec) => ({ schema: null, name: text(spec.fields.rolename), kind: 'role' }));
}
