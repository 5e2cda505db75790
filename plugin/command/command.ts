import type { JsonObject, Request } from '../request.ts';

/**
 * What a request really does, as policies see it in `input.commands`: `sql` (see `statement.ts`), `kubernetes`, `mcp`,
 * `graphql`, `grpc` (see the recogniser of each), or `unparsed` with a reason, which a policy must not take for harmless.
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

/** What an entry shows of one command: kind and shape per statement, never text, literals or names of a caller's. */
interface Summary {
  readonly kind: string;
  readonly shape: string;
}

/** Of each kind that has more to say than its name: words from closed lists only. */
const summaries: Readonly<Record<string, (command: Command) => readonly Summary[]>> = {
  sql: ({ statements }) =>
    (Array.isArray(statements) ? statements : []).map(({ kind, shape }: JsonObject) => ({
      kind: `sql.${String(kind)}`,
      shape: String(shape),
    })),
  kubernetes: ({ verb }) => [{ kind: `kubernetes.${String(verb)}`, shape: '' }],
  mcp: ({ type }) => [{ kind: `mcp.${String(type)}`, shape: '' }],
  graphql: ({ operation }) => [{ kind: `graphql.${String((operation as JsonObject | undefined)?.type)}`, shape: '' }],
};

/** What an entry shows of commands: `sql.drop` and a fingerprint, `kubernetes.create`, `mcp.request`, `unparsed`... */
export function commandSummary(commands: readonly Command[]): readonly Summary[] {
  return commands.flatMap(
    (command) =>
      (Object.hasOwn(summaries, command.kind) ? summaries[command.kind]?.(command) : undefined) ?? [
        { kind: command.kind, shape: '' },
      ],
  );
}
