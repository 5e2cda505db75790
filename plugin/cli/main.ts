#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { version } from '../version.ts';
import { exitFor, exitStatus, messageFor } from './exit.ts';

/** The command groups, each in a file of its own that is read when it is named. */
const groups: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  config: async () => (await import('./config.ts')).configCommand(),
  approvals: async () => (await import('./approvals.ts')).approvalsCommand(),
  audit: async () => (await import('./audit.ts')).auditCommand(),
  sessions: async () => (await import('./sessions.ts')).sessionsCommand(),
  mask: async () => (await import('./mask.ts')).maskCommand(),
  policy: async () => (await import('./policy.ts')).policyCommand(),
  envoy: async () => (await import('./envoy.ts')).envoyCommand(),
};

/** Runs the command line. Sets `process.exitCode`; never throws. `argv` starts behind the program's name. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const program = new Command('countersign')
      .description('Policy as code for the Envoy you already run: decide, hold, mask, record and prove every exchange')
      .version(version)
      .showHelpAfterError('(countersign --help tells what there is)');
    const named = argv.find((word) => Object.hasOwn(groups, word));
    for (const load of named === undefined ? Object.values(groups) : [groups[named]])
      if (load) program.addCommand(await load());
    program.configureOutput({ outputError: (text, write) => write(text) });
    exitOverride(program);
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitStatus.ok : exitStatus.usage;
      return;
    }
    process.stderr.write(`${messageFor(error)}\n`);
    process.exitCode = exitFor(error);
  }
}

/** Commander would exit with 1 for a usage error, from the middle of things. */
function exitOverride(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitOverride(child);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(process.argv.slice(2));
