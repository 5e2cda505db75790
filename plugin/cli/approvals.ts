import { Command } from 'commander';
import type { View } from '../hold/desk.ts';
import { grantLine, listLine, neededText, showPage } from './approvals/page.ts';
import { type Ask, type AskOptions, askOptions, openAsk } from './ask.ts';
import { exitStatus } from './exit.ts';

interface Options extends AskOptions {
  readonly json?: true;
  readonly reason?: string;
  readonly mine?: true;
  readonly text?: string;
  readonly reject?: true;
}

/**
 * `countersign approvals list|show|approve|reject|withdraw|batch|grants|revoke`: over the admin listener of the running service, as whoever the
 * bearer token proves. Exit status: 0 done, 1 refused (not in that state, your own request), 64 usage, 69 nobody
 * answers, 77 the token is not accepted or not entitled.
 */
export function approvalsCommand(): Command {
  const command = new Command('approvals').description('requests that wait for people');
  const group = (name: string, description: string) => askOptions(command.command(name).description(description));
  group('list', 'what waits for you, or for others because of you, oldest first')
    .option('--mine', 'only what you may approve now')
    .option('--text <words>', 'only what has these words in it')
    .action(async (options: Options) => {
      const query = new URLSearchParams({
        ...(options.mine ? { mine: 'true' } : {}),
        ...(options.text === undefined ? {} : { text: options.text }),
      });
      const path = query.size === 0 ? 'holds' : `holds?${query}`;
      const { holds } = (await openAsk(options, process.env)(path)) as { readonly holds: readonly View[] };
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
  group('withdraw', 'give up your own request, or take back your approval while it is not used')
    .argument('<id>', 'the hold')
    .option('--reason <text>', 'why')
    .action((id: string, options: Options) => decide('withdraw', id, options));
  group('batch', 'decide on several that you have looked at; one that is refused stops no other')
    .argument('<ids...>', 'the holds')
    .option('--reject', 'refuse them; without it they are approved')
    .option('--reason <text>', 'why; a rejection needs one')
    .action(batch);
  group('grants', 'approvals for a while that are in force').action(async (options: Options) => {
    const { grants } = (await openAsk(options, process.env)('holds/grants')) as { readonly grants: readonly View[] };
    print(options, grants, () =>
      grants.length === 0 ? ['no grant is in force'] : grants.map((view) => grantLine(view, Date.now())),
    );
  });
  group('revoke', 'end a grant, and what still runs under it')
    .argument('<id>', 'the hold of the grant')
    .option('--reason <text>', 'why')
    .action(async (id: string, options: Options) => {
      const reason = options.reason === undefined ? {} : { reason: options.reason };
      const after = (await openAsk(options, process.env)(`holds/${encodeURIComponent(id)}/revoke`, reason)) as View;
      print(options, after, () => [`${after.state}: ${after.id}`]);
    });
  return command;
}

type Result = { readonly id: string; readonly hold?: View; readonly detail?: string };

/** Each is bound to what it was when the batch began. The exit status is 1 when one of them was refused. */
async function batch(ids: readonly string[], options: Options): Promise<void> {
  const ask = openAsk(options, process.env);
  const holds: object[] = [];
  for (const id of ids) {
    const view = await shown(ask, id);
    if (!options.json) write(showPage(view, Date.now()));
    holds.push({ id: view.id, digest: view.digest, version: view.version });
  }
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const act = options.reject ? 'reject' : 'approve';
  const { results } = (await ask('holds/batch', { act, holds, ...reason })) as { readonly results: readonly Result[] };
  print(options, results, () =>
    results.map(({ id, hold, detail }) => `${hold?.state ?? 'refused'}: ${id}${detail ? `  ${detail}` : ''}`),
  );
  if (results.some(({ hold }) => hold === undefined)) process.exitCode = exitStatus.failed;
}

/** What is decided is what was shown: its digest and version go with the verdict, and another is refused. */
async function decide(verdict: 'approve' | 'reject' | 'withdraw', id: string, options: Options): Promise<void> {
  const ask = openAsk(options, process.env);
  const before = await shown(ask, id);
  if (!options.json) write(showPage(before, Date.now()));
  const { digest, version } = before;
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const after = (await ask(`holds/${encodeURIComponent(id)}/${verdict}`, { digest, version, ...reason })) as View;
  print(options, after, () => [
    after.state === 'pending' && verdict === 'approve'
      ? `approved; it still needs ${neededText(after)}`
      : `${after.state}: ${after.id}`,
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
