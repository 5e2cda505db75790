import type { Request } from '../request.ts';
import { type Command, type Commands, unparsed } from './command.ts';
import { disagreement, isPostgres } from './dialect.ts';
import { locate } from './locate.ts';
import { openParser, type Parser } from './parser.ts';
import type { StatementFacts } from './statement.ts';

/** Bounds of what is looked at. */
export interface CommandLimits {
  /** Bytes of UTF-8; a longer command is `unparsed`. Default 64 KiB. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds of parsing; a command that takes longer is `unparsed`. Default 250. */
  readonly timeoutMs?: number | undefined;
}

/** A command escaped as JSON, with what stands beside it, may take so many times its own bytes. */
const bodyRoom = 4;

/** Keys of the route's `context_extensions`. */
const extension = { kind: 'countersign.command', dialect: 'countersign.sql.dialect', path: 'countersign.sql.path' };

/**
 * Opens the recogniser of commands. A route says what its requests are: `countersign.command: sql`, with
 * `countersign.sql.dialect` (default `postgres`) and `countersign.sql.path` (`body`, or a path into JSON; default `$.sql`).
 */
export function openCommands({ maxBytes = 65_536, timeoutMs = 250 }: CommandLimits = {}): Commands {
  const parser = openParser(timeoutMs);
  const kinds: Readonly<Record<string, (request: Request) => Promise<Command>>> = {
    sql: (request) => sql(parser, maxBytes, request),
  };
  return {
    async understand(request) {
      const kind = request.extensions[extension.kind];
      if (kind === undefined) return [];
      const recognise = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
      return [
        recognise === undefined
          ? unparsed('the route names a kind of command that is not known')
          : await recognise(request),
      ];
    },
    close: () => parser.close(),
  };
}

async function sql(parser: Parser, maxBytes: number, request: Request): Promise<Command> {
  const dialect = (request.extensions[extension.dialect] ?? 'postgres').toLowerCase();
  // Read on the event loop: a body far longer than its command may be is not looked at.
  if ((request.body?.length ?? 0) > maxBytes * bodyRoom)
    return unparsed(`the body is longer than ${maxBytes * bodyRoom} bytes`);
  const located = locate(request, request.extensions[extension.path] ?? '$.sql');
  if ('reason' in located) return unparsed(located.reason);
  const { text } = located;
  if (Buffer.byteLength(text) > maxBytes) return unparsed(`the command is longer than ${maxBytes} bytes`);
  const reason = disagreement(text, dialect);
  if (reason !== null) return unparsed(reason);
  const parsed = await parser.parse({ text, foldNames: !isPostgres(dialect) });
  if ('reason' in parsed) return unparsed(parsed.reason);
  const statements = isPostgres(dialect) ? parsed.statements : respelled(text, parsed.statements);
  return { kind: 'sql', dialect, text, statements };
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
