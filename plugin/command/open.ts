import type { Descriptors } from '../descriptors.ts';
import type { Request } from '../request.ts';
import { type Command, type Commands, unparsed } from './command.ts';
import { grpc } from './grpc.ts';
import { openParser } from './parser.ts';
import { recognisers } from './recognise.ts';
import { seen } from './seen.ts';

/** Bounds of what is looked at, and what it is read by. */
export interface CommandSettings {
  /** Bytes of UTF-8; a longer command is `unparsed`. Default 64 KiB. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds of parsing; a command that takes longer is `unparsed`. Default 250. */
  readonly timeoutMs?: number | undefined;
  /** What the messages of gRPC are read by; without it they are `unparsed`. */
  readonly descriptors?: Descriptors | null;
}

/** A command escaped as JSON, with what stands beside it, may take so many times its own bytes. */
const bodyRoom = 4;

/** Bytes of a body that are read on the event loop, in well under a millisecond; more go to the thread. */
const inlineBytes = 8_192;

/** Key of the route's `context_extensions`. */
const extension = 'countersign.command';

/**
 * Opens the recogniser of commands. A route says what its requests are, in `countersign.command`: `sql` (with
 * `countersign.sql.dialect`, default `postgres`, and `countersign.sql.path`: `body`, or a path into JSON, default
 * `$.sql`), `kubernetes`, `mcp`, `graphql` or `grpc`.
 */
export function openCommands({
  maxBytes = 65_536,
  timeoutMs = 250,
  descriptors = null,
}: CommandSettings = {}): Commands {
  const parser = openParser(timeoutMs);

  async function understand(kind: string, request: Request): Promise<readonly Command[]> {
    const length = request.body?.length ?? 0;
    if (kind !== 'sql' && kind !== 'grpc' && !Object.hasOwn(recognisers, kind))
      return [unparsed('the route names a kind of command that is not known')];
    // Messages of gRPC are read on the event loop.
    const limit = kind === 'grpc' ? maxBytes : maxBytes * bodyRoom;
    if (length > limit) return [unparsed(`the body is longer than ${limit} bytes`)];
    if (Buffer.byteLength(request.path) > maxBytes) return [unparsed(`the path is longer than ${maxBytes} bytes`)];
    if (kind === 'grpc') return grpc(seen(request), descriptors);
    const recognise = length + request.path.length > inlineBytes ? undefined : recognisers[kind];
    return recognise?.(seen(request)) ?? (await parser.parse({ kind, request: seen(request), maxBytes }));
  }

  return {
    understand: async (request) => {
      const kind = request.extensions[extension];
      return kind === undefined ? [] : understand(kind, request);
    },
    close: () => parser.close(),
  };
}
