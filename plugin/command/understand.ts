import { type Command, unparsed } from './command.ts';
import { disagreement, isPostgres } from './dialect.ts';
import { locate } from './locate.ts';
import { recognisers } from './recognise.ts';
import type { Seen } from './seen.ts';
import { parseSql } from './sql.ts';
import type { StatementFacts } from './statement.ts';

/** One request to understand. `kind`: what its route says it is. */
export interface Task {
  readonly kind: string;
  readonly request: Seen;
  /** Bytes of UTF-8 that a command may have. */
  readonly maxBytes: number;
}

/** What was understood. `broken`: the parser itself failed and must not be used again. */
export interface Outcome {
  readonly commands: readonly Command[];
  readonly broken: boolean;
}

/** Keys of the route's `context_extensions`. */
const extension = { dialect: 'countersign.sql.dialect', path: 'countersign.sql.path' };

/** Understands a request, in a thread that may take its time. Never rejects. */
export async function understand({ kind, request, maxBytes }: Task): Promise<Outcome> {
  if (kind === 'sql') return sql(request, maxBytes);
  return { commands: recognisers[kind]?.(request) ?? [unparsed('the kind is not known')], broken: false };
}

async function sql(request: Seen, maxBytes: number): Promise<Outcome> {
  const dialect = (request.extensions[extension.dialect] ?? 'postgres').toLowerCase();
  const located = locate(request, request.extensions[extension.path] ?? '$.sql');
  if ('reason' in located) return refused(located.reason);
  const { text } = located;
  if (Buffer.byteLength(text) > maxBytes) return refused(`the command is longer than ${maxBytes} bytes`);
  const reason = disagreement(text, dialect);
  if (reason !== null) return refused(reason);
  const parsed = await parseSql(text, !isPostgres(dialect));
  if ('reason' in parsed) return refused(parsed.reason, parsed.broken);
  const statements = isPostgres(dialect) ? parsed.statements : respelled(text, parsed.statements);
  return { commands: [{ kind: 'sql', dialect, text, statements }], broken: false };
}

function refused(reason: string, broken = false): Outcome {
  return { commands: [unparsed(reason)], broken };
}

/** MySQL names a result as the text spells its column: `SELECT SSN` comes out as `SSN`, whatever the table says. */
function respelled(text: string, statements: readonly StatementFacts[]): readonly StatementFacts[] {
  const words = text.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? [];
  const odd = new Set(words.filter((word) => word !== word.toLowerCase()).map((word) => word.toLowerCase()));
  return statements.map((facts) =>
    Array.isArray(facts.fields) && facts.fields.some((field) => odd.has(String(field)))
      ? { ...facts, renamed: true }
      : facts,
  );
}
