import { parsePlPgSQLSync, parseSync } from '@libpg-query/parser';
import { isRecord, type Node, namesOf, nodeOf, nodesOf, type Tree, text, walk } from './tree.ts';

/** Statements that run when a body runs, as far as they can be seen. */
export interface Body {
  readonly statements: readonly Tree[];
  /** It is not seen whole: another language, or text that is computed and then run. */
  readonly opaque: boolean;
}

const nothing: Body = { statements: [], opaque: false };
const unseen: Body = { statements: [], opaque: true };

/** Bodies within bodies (`DO` that runs `DO`). */
const depthLimit = 4;

/**
 * The statements in the body of a `DO`, or of a function or procedure that is being created, with those of the bodies
 * within. `source`: the text of the statement. Null for a statement without a body.
 */
export function bodyOf(statement: Node, source: string, depth = 0): Body | null {
  if (statement.name === 'DoStmt') return depth >= depthLimit ? unseen : doBody(statement, depth);
  return statement.name === 'CreateFunctionStmt' ? functionBody(statement, source, depth) : null;
}

function doBody({ fields }: Node, depth: number): Body {
  const options = optionsOf(fields.args);
  const language = text(nodeOf(options.get('language'))?.fields.sval) || 'plpgsql';
  const code = text(nodeOf(options.get('as'))?.fields.sval);
  if (language.toLowerCase() !== 'plpgsql') return unseen;
  return plpgsql(`DO LANGUAGE plpgsql ${quoted(code)}`, depth);
}

function functionBody({ fields }: Node, source: string, depth: number): Body | null {
  const options = optionsOf(fields.options);
  const [code] = namesOf(options.get('as'));
  // A body of SQL that the parser has opened itself (BEGIN ATOMIC, RETURN).
  if (code === undefined) return null;
  const language = text(nodeOf(options.get('language'))?.fields.sval).toLowerCase();
  if (language === 'sql') return parsed(code, depth);
  return language === 'plpgsql' ? plpgsql(source, depth) : unseen;
}

function optionsOf(tree: Tree): ReadonlyMap<string, Tree> {
  return new Map(nodesOf(tree).map(({ fields }) => [text(fields.defname), fields.arg]));
}

/** Text between dollar signs with a tag that does not occur in it. */
function quoted(code: string): string {
  let tag = 'body';
  while (code.includes(`$${tag}`)) tag += '_';
  return `$${tag}$${code}$${tag}$`;
}

/** Statements of a text, each with what its own body holds. */
function parsed(sql: string, depth: number): Body {
  const bytes = Buffer.from(sql);
  const found = attempt(() => parseSync(sql) as { readonly stmts?: unknown });
  const list = found !== null && Array.isArray(found.stmts) ? found.stmts.filter(isRecord) : [];
  if (list.length === 0) return unseen;
  return joined(list.map((raw) => opened(raw, bytes, depth + 1)));
}

function opened(raw: Readonly<Record<string, unknown>>, bytes: Buffer, depth: number): Body {
  const body = bodyOf(nodeOf(raw.stmt) ?? { name: '', fields: {} }, sourceOf(raw, bytes), depth) ?? nothing;
  return { statements: [raw.stmt, ...body.statements], opaque: body.opaque };
}

/** The text of one statement among several; the parser counts in bytes. */
export function sourceOf(raw: Readonly<Record<string, unknown>>, bytes: Buffer): string {
  const [from, length] = [Number(raw.stmt_location ?? 0), Number(raw.stmt_len ?? 0)];
  return bytes.toString('utf8', from, length === 0 ? bytes.length : from + length);
}

function plpgsql(source: string, depth: number): Body {
  const tree = attempt(() => parsePlPgSQLSync(source) as unknown);
  const functions = isRecord(tree) && Array.isArray(tree.plpgsql_funcs) ? tree.plpgsql_funcs : [];
  if (functions.length === 0) return unseen;
  const bodies: Body[] = [];
  walk(functions, (node) => {
    const run = executed(node);
    if (run !== null) bodies.push(dynamic(run, depth));
    if (node.name === 'PLpgSQL_expr') bodies.push(expression(node, depth));
    return undefined;
  });
  return joined(bodies);
}

/** The expression whose value is run as SQL (`EXECUTE`); null for none. */
function executed({ name, fields }: Node): Node | null {
  const query = name === 'PLpgSQL_stmt_dynexecute' || name === 'PLpgSQL_stmt_dynfors' ? fields.query : fields.dynquery;
  return nodeOf(query);
}

/** Text that is written out is as good as a statement; text that is computed may say anything. */
function dynamic({ fields }: Node, depth: number): Body {
  const literal = /^\s*'((?:[^'\\]|'')*)'\s*$/.exec(text(fields.query))?.[1];
  return literal === undefined ? unseen : parsed(literal.replaceAll("''", "'"), depth);
}

/** How PL/pgSQL reads its expressions (`RawParseMode` of PostgreSQL's parser). */
const modes = { statement: 0, expression: 2 };

function expression({ fields }: Node, depth: number): Body {
  const sql = text(fields.query);
  if (fields.parseMode === modes.statement) return parsed(sql, depth);
  if (fields.parseMode === modes.expression) return parsed(`SELECT ${sql}`, depth);
  const target = assigned(sql);
  return target === null ? unseen : parsed(`SELECT ${sql.slice(0, target.at)}, ${sql.slice(target.end)}`, depth);
}

/** Where the sign of an assignment stands: the first `:=` or `=` outside brackets and quotes. */
function assigned(sql: string): { readonly at: number; readonly end: number } | null {
  let depth = 0;
  for (const { 0: token, index } of sql.matchAll(/"(?:[^"]|"")*"|'(?:[^'\\]|'')*'|[[\]()$\\]|:?=/g)) {
    if (token === '$' || token === '\\') return null;
    if (token === '[' || token === '(') depth += 1;
    else if (token === ']' || token === ')') depth -= 1;
    else if (depth === 0 && token.endsWith('=')) return { at: index, end: index + token.length };
  }
  return null;
}

function joined(bodies: readonly Body[]): Body {
  return {
    statements: bodies.flatMap(({ statements }) => statements),
    opaque: bodies.some(({ opaque }) => opaque),
  };
}

/** Null for text that the parser refuses; a trap is not ours to hide: the module can't be used again. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError')) throw error;
    return null;
  }
}
