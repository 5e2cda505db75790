import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { RecordingMeta } from '../record/content.ts';
import type { SessionSummary } from '../record/summary.ts';
import { type Ask, type AskOptions, askOptions, openAsk } from './ask.ts';
import {
  ascii,
  checksOf,
  headPage,
  metaLine,
  pageOf,
  type RecordingJson,
  requestPage,
  sessionLine,
} from './sessions/page.ts';
import { visible } from './visible.ts';

interface Options extends AskOptions {
  readonly json?: true;
  readonly speed?: number;
}

/**
 * `countersign sessions list|show|replay`: reads recordings through the running service, as whoever the bearer token
 * proves. Each reading of content is entered in the audit log by the service before it answers.
 */
export function sessionsCommand(): Command {
  const command = new Command('sessions').description('recorded sessions; reading content is itself audited');
  const group = (name: string, description: string) => askOptions(command.command(name).description(description));
  group('list', 'the sessions, latest first').action(async (options: Options) => {
    const { sessions } = (await openAsk(options, process.env)('sessions')) as {
      readonly sessions: readonly SessionSummary[];
    };
    print(options, sessions, () => (sessions.length === 0 ? ['nothing is recorded'] : sessions.map(sessionLine)));
  });
  group('show', 'what was asked in a session, or one exchange with its content')
    .argument('<id>', 'key of a session, or id of an exchange')
    .action((id: string, options: Options) => show(id, options));
  group('replay', 'what the caller saw, as it came')
    .argument('<id>', 'key of a session, or id of an exchange')
    .option('--speed <factor>', '1 is as fast as it was, 10 ten times; default at once', speedOf)
    .action((id: string, options: Options) => replay(id, options));
  return command;
}

function speedOf(text: string): number {
  const factor = Number(text);
  if (Number.isFinite(factor) && factor > 0) return factor;
  throw new InvalidArgumentError('expected a number above 0.');
}

/** An exchange's id is a UUID, a session's key has no dashes. */
const isExchange = (id: string) => id.includes('-');

async function show(id: string, options: Options): Promise<void> {
  const ask = openAsk(options, process.env);
  if (isExchange(id)) {
    const recording = await recordingOf(ask, id);
    return print(options, recording, () => pageOf(recording));
  }
  const metas = await exchangesOf(ask, id);
  print(options, metas, () => metas.map(metaLine));
}

async function replay(id: string, options: Options): Promise<void> {
  const ask = openAsk(options, process.env);
  const ids = isExchange(id) ? [id] : (await exchangesOf(ask, id)).map(({ exchange }) => exchange);
  for (const exchange of ids) {
    const recording = await recordingOf(ask, exchange);
    if (options.json) print(options, recording, () => []);
    else await play(recording, options.speed ?? null);
  }
}

/** The response's pieces in their time, between what was asked and what was checked. */
async function play(recording: RecordingJson, speed: number | null): Promise<void> {
  const { meta, request, response } = recording;
  write([metaLine(meta), ...requestPage(request)]);
  write(headPage(response));
  const decoder = new TextDecoder();
  let now = response?.chunks[0]?.at ?? 0;
  for (const { at, base64 } of response?.chunks ?? []) {
    if (speed !== null && at > now) await sleep((at - now) / speed);
    now = at;
    process.stdout.write(visible(decoder.decode(Buffer.from(base64, 'base64'), { stream: true })));
  }
  process.stdout.write(`${visible(decoder.decode())}\n`);
  write([...checksOf(recording), '']);
}

async function exchangesOf(ask: Ask, session: string): Promise<readonly RecordingMeta[]> {
  const path = `sessions/${encodeURIComponent(session)}`;
  return ((await ask(path)) as { readonly exchanges: readonly RecordingMeta[] }).exchanges;
}

async function recordingOf(ask: Ask, exchange: string): Promise<RecordingJson> {
  return (await ask(`recordings/${encodeURIComponent(exchange)}`)) as RecordingJson;
}

function print(options: Options, value: unknown, page: () => readonly string[]): void {
  if (options.json) process.stdout.write(`${ascii(JSON.stringify(value, null, 2))}\n`);
  else write(page());
}

function write(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
