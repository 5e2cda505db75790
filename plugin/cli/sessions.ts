import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { listenerOf, readConfig } from '../config.ts';
import type { PartJson } from '../console/sessions.ts';
import { CountersignError, type ErrorCode } from '../errors.ts';
import type { HeaderLine, RecordingMeta, RequestLines, ResponseLines } from '../record/content.ts';
import type { SessionSummary } from '../record/summary.ts';
import { visible } from '../record/visible.ts';

/** A recording as `GET /api/v1/recordings/EXCHANGE` sends it. */
interface RecordingJson {
  readonly meta: RecordingMeta;
  readonly request: PartJson | null;
  readonly response: PartJson | null;
}

interface Options {
  readonly config: string;
  readonly json?: true;
  readonly speed?: number;
}

type Ask = (path: string) => Promise<unknown>;

/**
 * `countersign sessions list|show|replay`: reads recordings through the running service, with the bearer token of
 * `$COUNTERSIGN_TOKEN`. Each reading of content is entered in the audit log by the service before it answers.
 */
export function sessionsCommand(): Command {
  const command = new Command('sessions').description('recorded sessions; reading content is itself audited');
  const group = (name: string, description: string) =>
    command
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the configuration of the running service', 'countersign.yaml')
      .option('--json', 'as JSON');
  group('list', 'the sessions, latest first').action(async (options: Options) => {
    const { sessions } = (await asker(options)('sessions')) as { readonly sessions: readonly SessionSummary[] };
    print(options, sessions, () => sessions.map(sessionLine));
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
  const ask = asker(options);
  if (isExchange(id)) {
    const recording = await recordingOf(ask, id);
    return print(options, recording, () => pageOf(recording));
  }
  const metas = await exchangesOf(ask, id);
  print(options, metas, () => metas.map(metaLine));
}

async function replay(id: string, options: Options): Promise<void> {
  const ask = asker(options);
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

function pageOf(recording: RecordingJson): readonly string[] {
  const { meta, request, response } = recording;
  return [
    `exchange  ${meta.exchange}`,
    `session   ${meta.session}`,
    `time      ${meta.time}`,
    `principal ${principalText(meta)}`,
    `rule      ${meta.rule ?? '-'}`,
    '',
    ...(request === null ? [metaLine(meta)] : requestPage(request)),
    ...headPage(response),
    ...bodyPage(response),
    ...checksOf(recording),
  ].map(visible);
}

function requestPage(part: PartJson | null): readonly string[] {
  if (part === null) return [];
  const head = part.head as RequestLines | null;
  if (head === null) return ['(the request was cut before its head)'];
  const lines = [`> ${head.method} ${head.scheme}://${head.authority}${head.path}`, ...headerLines('>', head.headers)];
  return [...lines, ...(head.seen ? bodyPage(part) : ['> (the body was not seen)']), ''];
}

function headPage(part: PartJson | null): readonly string[] {
  if (part === null) return ['(the response was not recorded)'];
  const head = part.head as ResponseLines | null;
  return head === null
    ? ['(the response was cut before its head)']
    : [`< ${head.status}`, ...headerLines('<', head.headers)];
}

function headerLines(mark: string, headers: readonly HeaderLine[]): readonly string[] {
  return headers.map(([name, value]) => `${mark} ${name}: ${value.replace(/[\r\n]+/g, ' ')}`);
}

function bodyPage(part: PartJson | null): readonly string[] {
  if (part === null || part.bytes === 0) return [];
  const bytes = Buffer.concat(part.chunks.map(({ base64 }) => Buffer.from(base64, 'base64')));
  try {
    return [new TextDecoder('utf-8', { fatal: true }).decode(bytes)];
  } catch {
    return [`(${bytes.length} bytes that are not text: see --json)`];
  }
}

function checksOf({ request, response }: RecordingJson): readonly string[] {
  const check = (name: string, part: PartJson | null) =>
    part === null
      ? []
      : [
          `${name}: ${part.bytes} bytes, sha256 ${part.sha256}, ${part.complete ? 'verified' : 'INCOMPLETE: it ends here'}`,
        ];
  return ['', ...check('request', request), ...check('response', response)];
}

function sessionLine({ session, principal, exchanges, first, last }: SessionSummary): string {
  return `${session}  ${first}  ${last}  ${String(exchanges).padStart(5)}  ${principalText({ principal })}`;
}

function metaLine(meta: RecordingMeta): string {
  return `${meta.exchange}  ${meta.time}  ${meta.spec.padEnd(8)}  ${meta.method} ${meta.authority}${meta.path}`;
}

function principalText({ principal }: Pick<RecordingMeta, 'principal'>): string {
  const actors = principal.actors.map(({ id }) => ` by ${id}`).join('');
  return `${principal.id}${actors} (${principal.issuer})`;
}

function print(options: Options, value: unknown, page: () => readonly string[]): void {
  if (options.json) process.stdout.write(`${ascii(JSON.stringify(value, null, 2))}\n`);
  else write(page());
}

function write(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${visible(line)}\n`);
}

/** JSON that no terminal can be led astray by: all but ASCII as escapes. */
function ascii(json: string): string {
  return json.replace(/[^\n\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Asks the running service, over its admin listener. */
function asker({ config }: Options): Ask {
  const { admin } = readConfig(config);
  const token = process.env.COUNTERSIGN_TOKEN;
  if (!token)
    throw new CountersignError('usage', 'set COUNTERSIGN_TOKEN to a bearer token of someone who may read recordings');
  return (path) => get(admin, path, token);
}

function get(admin: string, path: string, token: string): Promise<unknown> {
  const listener = listenerOf(admin);
  const target = 'unix' in listener ? { socketPath: listener.unix } : { host: listener.host, port: listener.port };
  return new Promise((resolve, reject) => {
    const options = {
      ...target,
      path: `/api/v1/${path}`,
      headers: { authorization: `Bearer ${token}` },
      timeout: 30_000,
    };
    const asked = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (cause) => reject(unreachable(admin, cause)));
      response.on('end', () => {
        try {
          resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 30 s')));
    asked.on('error', (cause) => reject(unreachable(admin, cause)));
    asked.end();
  });
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'token_invalid',
  403: 'forbidden',
  404: 'record_unknown',
};

function answerOf(status: number, body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new CountersignError('unavailable', `the admin listener answered ${status} without JSON`, { cause });
  }
  if (status === 200) return value;
  const { title, detail } = value as { readonly title?: unknown; readonly detail?: unknown };
  const code = title === 'audit_damaged' ? 'audit_damaged' : (codes[status] ?? 'unavailable');
  throw new CountersignError(code, visible(String(detail ?? `the admin listener answered ${status}`)));
}

function unreachable(admin: string, cause: unknown): CountersignError {
  return new CountersignError(
    'unavailable',
    `nobody answers at ${admin}: is "countersign serve" running with this configuration?`,
    {
      cause,
    },
  );
}
