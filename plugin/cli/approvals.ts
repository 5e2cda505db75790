import { Command } from 'commander';
import type { View } from '../hold/desk.ts';
import { listLine, neededText, showPage } from './approvals/page.ts';
import { type Ask, type AskOptions, askOptions, openAsk } from './ask.ts';

interface Options extends AskOptions {
  readonly json?: true;
  readonly reason?: string;
}

/**
 * `countersign approvals list|show|approve|reject`: over the admin listener of the running service, as whoever the
 * bearer token proves. Exit status: 0 done, 1 refused (not in that state, your own request), 64 usage, 69 nobody
 * answers, 77 the token is not accepted or not entitled.
 */
export function approvalsCommand(): Command {
  const command = new Command('approvals').description('requests that wait for people');
  const group = (name: string, description: string) => askOptions(command.command(name).description(description));
  group('list', 'what waits for you, or for others because of you, oldest first').action(async (options: Options) => {
    const { holds } = (await openAsk(options, process.env)('holds')) as { readonly holds: readonly View[] };
    print(options, holds, () =>
      holds.length === 0 ? ['nothing waits'] : holds.map((view) => listLine(view, Date.now())),
    );
  });
  group('show', 'one of them, whole')
    .argument('<id>', 'the hold')
    .action(async (id: string, options: Options) => {
      const view = await shown(openAsk(options, process.env), id);
      print(options, view, () => showPage(view, Date.now()));
    });
  group('approve', 'let it go on, once')
    .argument('<id>', 'the hold')
    .option('--reason <text>', 'why')
    .action((id: string, options: Options) => decide('approve', id, options));
  group('reject', 'refuse it')
    .argument('<id>', 'the hold')
    .requiredOption('--reason <text>', 'why; the one who asks reads it')
    .action((id: string, options: Options) => decide('reject', id, options));
  return command;
}

/** What is decided is what was shown: its digest and version go with the verdict, and another is refused. */
async function decide(verdict: 'approve' | 'reject', id: string, options: Options): Promise<void> {
  const ask = openAsk(options, process.env);
  const before = await shown(ask, id);
  if (!options.json) write(showPage(before, Date.now()));
  const { digest, version } = before;
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const after = (await ask(`holds/${encodeURIComponent(id)}/${verdict}`, { digest, version, ...reason })) as View;
  print(options, after, () => [
    after.state === 'pending' ? `approved; it still needs ${neededText(after)}` : `${after.state}: ${after.id}`,
  ]);
}

async function shown(ask: Ask, id: string): Promise<View> {
  return (await ask(`holds/${encodeURIComponent(id)}`)) as View;
}

function print(options: Options, value: unknown, page: () => readonly string[]): void {
  write(options.json ? [ascii(JSON.stringify(value, null, 2))] : page());
}

/** JSON in which a terminal finds nothing to hide or to reorder: it escapes control characters itself, and not these. */
function ascii(json: string): string {
  return json.replace(/[^\n\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function write(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
