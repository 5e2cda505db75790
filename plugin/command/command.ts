import type { JsonObject, Request } from '../request.ts';

/**
 * What a request really does, as policies see it in `input.commands`: `sql` with its statements (see `statement.ts`),
 * or `unparsed` with a reason, which a policy must not take for harmless.
 */
export type Command = JsonObject & { readonly kind: string };

/** Recognises commands. */
export interface Commands {
  /**
   * The commands of a request on a route that is marked for them; empty on any other route. Never rejects for what the
   * caller sent: what can't be understood for certain is one `unparsed` command.
   */
  understand(request: Request): Promise<readonly Command[]>;
  /** Ends the parser's thread; what waits becomes `unparsed`. */
  close(): Promise<void>;
}

/** What is known of a command that is not understood. */
export function unparsed(reason: string): Command {
  return { kind: 'unparsed', reason };
}

/** What an entry shows of commands: kind (`sql.drop`, `unparsed`) and shape per statement, never text or literals. */
export function commandSummary(commands: readonly Command[]): { kind: string; shape: string }[] {
  return commands.flatMap((command) =>
    Array.isArray(command.statements)
      ? command.statements.map((statement: JsonObject) => ({
          kind: `${command.kind}.${String(statement.kind)}`,
          shape: String(statement.shape),
        }))
      : [{ kind: command.kind, shape: '' }],
  );
}
