import { type Parsed, parseSql } from '../../plugin/command/sql.ts';
import type { StatementFacts } from '../../plugin/command/statement.ts';

/** Facts of the only statement of a text. */
export async function facts(sql: string, foldNames = false): Promise<StatementFacts> {
  const parsed: Parsed = await parseSql(sql, foldNames);
  if ('reason' in parsed) throw new Error(`${sql}: ${parsed.reason}`);
  const [statement, ...others] = parsed.statements;
  if (statement === undefined || others.length > 0) throw new Error(`${sql}: not one statement`);
  return statement;
}
