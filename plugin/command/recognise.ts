import type { Command } from './command.ts';
import { graphql } from './graphql.ts';
import { kubernetes } from './kubernetes.ts';
import { mcp } from './mcp.ts';
import type { Seen } from './seen.ts';

/** Recognisers that need nothing but the request: functions of it, run here or in a thread. */
export const recognisers: Readonly<Record<string, (request: Seen) => readonly Command[]>> = {
  graphql,
  kubernetes,
  mcp,
};
