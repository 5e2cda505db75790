import { parse } from '@libpg-query/parser';
import { bodyOf, sourceOf } from './plpgsql.ts';
import { factsOf, folded, type StatementFacts } from './statement.ts';
import { isRecord, nodeOf, type Tree } from './tree.ts';

/** Statements in one command. */
const statementLimit = 100;

/** What the parser says of a command. `broken`: the parser itself failed and must not be used again. */
export type Parsed =
  | { readonly statements: readonly StatementFacts[] }
  | { readonly reason: string; readonly broken: boolean };

/**
 * Parses SQL with PostgreSQL 17's own parser, bodies of `DO` and of new functions with PL/pgSQL's. Never rejects.
 * `foldNames`: for a database to which `"Customers"` is the table `customers`, names in the facts are in lower case.
 */
export async function parseSql(sql: string, foldNames = false): Promise<Parsed> {
  let tree: { readonly stmts?: unknown };
  try {
    tree = (await parse(sql)) as { readonly stmts?: unknown };
  } catch (error) {
    return fault(error, 'the command is not SQL that PostgreSQL parses');
  }
  const statements = Array.isArray(tree.stmts) ? tree.stmts.filter(isRecord) : [];
  if (statements.length === 0) return { reason: 'the command has no statement', broken: false };
  if (statements.length > statementLimit)
    return { reason: `the command has more than ${statementLimit} statements`, broken: false };
  try {
    const bytes = Buffer.from(sql);
    return { statements: statements.map((raw) => described(raw, bytes, foldNames)) };
  } catch (error) {
    return fault(error, 'the command is too large to describe');
  }
}

function described(raw: Readonly<Record<string, unknown>>, bytes: Buffer, foldNames: boolean): StatementFacts {
  const statement = nodeOf(raw.stmt);
  const body = statement === null ? null : bodyOf(statement, sourceOf(raw, bytes));
  // What runs within a statement stands within it.
  const tree: Tree =
    statement === null || body === null
      ? raw.stmt
      : { [statement.name]: { ...statement.fields, body: body.statements } };
  const facts = factsOf(tree, { otherNames: foldNames, opaque: body?.opaque ?? false });
  return foldNames ? folded(facts) : facts;
}

/** A trap or an exhausted stack leaves the module in an unknown state. */
function fault(error: unknown, reason: string): Parsed {
  const broken = error instanceof Error && (error.name === 'RuntimeError' || /call stack/.test(error.message));
  return broken ? { reason: 'the command is too deep for the parser', broken } : { reason, broken };
}
