import { type Node, namesOf, nodesOf, text } from './tree.ts';

/** Settings that change how the server reads later statements (threat 7). */
const readingSettings: ReadonlySet<string> = new Set([
  'standard_conforming_strings',
  'client_encoding',
  'backslash_quote',
  'escape_string_warning',
]);

/** Kinds that change nothing by themselves; any other kind, an unknown one above all, writes. */
const readingKinds: ReadonlySet<string> = new Set([
  'select',
  'explain',
  'show',
  'transaction',
  'fetch',
  'declare',
  'close',
  'listen',
  'unlisten',
  'deallocate',
  'discard',
  'set',
  'constraints',
]);

/** Functions of PostgreSQL's own that write, act on the server, or run text that they are given. */
const writingFunctions =
  /^(nextval|setval|set_config|lo_\w+|dblink\w*|crosstab\w*|pg_(terminate|cancel)_backend|pg_(reload_conf|rotate_logfile|promote|switch_wal|create_restore_point|notify|logical_emit_message)|pg_(file|write|drop|create|replication|import)_\w+|pg_(try_)?advisory\w*|pg_stat_reset\w*|query_to_xml\w*|cursor_to_xml\w*|ts_stat|xpath_table|connectby|adminpack\w*)$/;

const kinds: Readonly<Record<string, string>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
  TruncateStmt: 'truncate',
  CopyStmt: 'copy',
  DoStmt: 'do',
  CallStmt: 'call',
  VariableSetStmt: 'set',
  VariableShowStmt: 'show',
  TransactionStmt: 'transaction',
  ExplainStmt: 'explain',
  PrepareStmt: 'prepare',
  ExecuteStmt: 'execute',
  DeallocateStmt: 'deallocate',
  DeclareCursorStmt: 'declare',
  FetchStmt: 'fetch',
  ClosePortalStmt: 'close',
  ConstraintsSetStmt: 'constraints',
  RefreshMatViewStmt: 'refresh',
  IndexStmt: 'create',
  ViewStmt: 'create',
  RuleStmt: 'create',
  DefineStmt: 'create',
  CompositeTypeStmt: 'create',
  RenameStmt: 'alter',
  CommentStmt: 'alter',
  SecLabelStmt: 'alter',
  ReassignOwnedStmt: 'alter',
};

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^Drop\w*Stmt$/i, 'drop'],
  [/^Create\w*Stmt$/, 'create'],
  [/^Createdb\w*Stmt$/, 'create'],
  [/^Alter\w*Stmt$/, 'alter'],
];

/** The kind of a statement: `select`, `drop`, `set_unsafe`...; a rarer one is its node's name (`LockStmt`: `lock`). */
export function kindOf({ name, fields }: Node): string {
  if (name === 'GrantStmt' || name === 'GrantRoleStmt') return fields.is_grant === true ? 'grant' : 'revoke';
  if (name === 'VacuumStmt') return fields.is_vacuumcmd === true ? 'vacuum' : 'analyze';
  return (
    kinds[name] ?? patterns.find(([pattern]) => pattern.test(name))?.[1] ?? name.replace(/Stmt$/, '').toLowerCase()
  );
}

/** True for a node that is a statement of its own, wherever it stands. */
export function isStatement({ name }: Node): boolean {
  return name.endsWith('Stmt') && name !== 'RawStmt';
}

/** True when a statement by itself, leaving out those within it, may change something. */
export function writesByItself(node: Node): boolean {
  const kind = kindOf(node);
  const { fields } = node;
  // COPY ... TO STDOUT only reads; to a file or a program it writes on the server.
  if (kind === 'copy') return fields.is_from === true || fields.is_program === true || fields.filename !== undefined;
  return !readingKinds.has(kind);
}

/** SELECT ... INTO makes a table, FOR UPDATE locks rows; in a UNION the parser hangs them on a branch without a name. */
export function selectWrites({ fields }: Node): boolean {
  return fields.intoClause !== undefined || fields.lockingClause !== undefined;
}

/** True for a function that is known to write. Any function may: policies have the names. */
export function functionWrites(name: string): boolean {
  return writingFunctions.test(name.replace(/^.*\./, ''));
}

/** Functions of PostgreSQL's own that run text that they are given. */
const textRunners = /^(dblink\w*|crosstab\w*|query_to_xml\w*|cursor_to_xml\w*|ts_stat|xpath_table|connectby)$/;

/** True for a function that runs text as SQL. */
export function runsText(name: string): boolean {
  return textRunners.test(name.replace(/^.*\./, ''));
}

/** Changes how the server reads text: SET, RESET, ALTER ROLE ... SET, CREATE FUNCTION ... SET, `set_config()`. */
export function changesReading({ name, fields }: Node): boolean {
  if (text(fields.kind).startsWith('VAR_')) return readingSettings.has(text(fields.name).toLowerCase());
  if (name !== 'FuncCall' || namesOf(fields.funcname).at(-1) !== 'set_config') return false;
  const [setting] = nodesOf(fields.args);
  const literal = setting?.name === 'A_Const' ? setting.fields.sval : undefined;
  // A name that is computed could be any.
  const value = typeof literal === 'object' && literal !== null ? text((literal as { sval?: unknown }).sval) : '';
  return value === '' || readingSettings.has(value.toLowerCase());
}
