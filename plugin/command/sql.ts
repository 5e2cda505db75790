import { parse } from 'libpg-query';
import { factsOf, folded, type StatementFacts } from './statement.ts';
import { isRecord } from './tree.ts';

/** Statements in one command. */
const statementLimit = 100;

/** What the parser says of a command. `broken`: the parser itself failed and must not be used again. */
export type Parsed =
  | { readonly statements: readonly StatementFacts[] }
  | { readonly reason: string; readonly broken: boolean };

/**
 * Parses SQL with PostgreSQL 17's own parser. Never rejects. `foldNames`: for a database to which `"Customers"` is the
 * table `customers`, names in the facts are in lower case.
 */
export async function parseSql(text: string, foldNames = false): Promise<Parsed> {
  let tree: { readonly stmts?: unknown };
  try {
    tree = (await parse(text)) as { readonly stmts?: unknown };
  } catch (error) {
    // A trap or an exhausted stack leaves the module in an unknown state.
    const broken = error instanceof Error && (error.name === 'RuntimeError' || error.name === 'RangeError');
    return {
      reason: broken ? 'the command is too deep for the parser' : 'the command is not SQL that PostgreSQL parses',
      broken,
    };
  }
  const statements = Array.isArray(tree.stmts) ? tree.stmts.filter(isRecord).map(({ stmt }) => stmt) : [];
  if (statements.length === 0) return { reason: 'the command has no statement', broken: false };
  if (statements.length > statementLimit)
    return { reason: `the command has more than ${statementLimit} statements`, broken: false };
  try {
    return { statements: statements.map((tree) => (foldNames ? folded(factsOf(tree, true)) : factsOf(tree))) };
  } catch {
    return { reason: 'the command is too large to describe', broken: false };
  }
}
