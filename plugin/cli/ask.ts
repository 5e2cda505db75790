import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { Command } from 'commander';
import { listenerOf, parseConfig, readConfig } from '../config.ts';
import { CountersignError, type ErrorCode } from '../errors.ts';
import { visibleLine } from './visible.ts';

/** Where the service is and who asks: the options that all approval commands share. */
export interface AskOptions {
  readonly admin?: string;
  readonly config?: string;
  readonly tokenFile?: string;
}

/** The options of every command that asks the running service. */
export function askOptions(command: Command): Command {
  return command
    .option('--admin <address>', 'unix:PATH or http://HOST:PORT of the admin listener ($COUNTERSIGN_ADMIN)')
    .option('-c, --config <file>', "the service's configuration, for the address")
    .option('--token-file <file>', 'file with your bearer token (default $COUNTERSIGN_TOKEN)')
    .option('--json', 'as JSON');
}

/** Asks the admin API below `/api/v1/`; with a body it is a POST. Rejects with what the service said. */
export type Ask = (path: string, body?: unknown) => Promise<unknown>;

/** Milliseconds that an answer may take. */
const patience = 30_000;

const defaultFile = 'countersign.yaml';

/**
 * Finds the service and the token. The address: `--admin`, the configuration of `-c`, `$COUNTERSIGN_ADMIN`, the
 * `countersign.yaml` of this folder, the default socket; the first that is there. The token: `--token-file`, then
 * `$COUNTERSIGN_TOKEN`; never an argument, which every user of the machine can read.
 * @throws CountersignError `usage`, `config_invalid`
 */
export function openAsk(options: AskOptions, env: Readonly<NodeJS.ProcessEnv>): Ask {
  const admin = adminOf(options, env);
  const token = tokenOf(options, env);
  return (path, body) => ask(admin, `/api/v1/${path}`, token, body);
}

function adminOf({ admin, config }: AskOptions, env: Readonly<NodeJS.ProcessEnv>): string {
  const given = admin ?? (config === undefined ? env.COUNTERSIGN_ADMIN : readConfig(config).admin);
  if (given === undefined)
    return existsSync(defaultFile) ? readConfig(defaultFile).admin : parseConfig('', 'defaults', process.cwd()).admin;
  if (/^(unix:.+|(http:\/\/)?(\[[0-9a-f:]+\]|[^:/\s]+):[0-9]{1,5}\/?)$/.test(given))
    return given.replace(/^http:\/\/|\/$/g, (found) => (given.startsWith('unix:') ? found : ''));
  throw new CountersignError('usage', '--admin: expected unix:PATH or http://HOST:PORT');
}

function tokenOf({ tokenFile }: AskOptions, env: Readonly<NodeJS.ProcessEnv>): string {
  const token = (tokenFile === undefined ? env.COUNTERSIGN_TOKEN : readToken(tokenFile))?.trim();
  if (token && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new CountersignError(
    'usage',
    'no token: set COUNTERSIGN_TOKEN, or give --token-file FILE, with a bearer token of yours',
  );
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CountersignError('usage', `--token-file: ${file} can not be read`, { cause });
  }
}

function ask(admin: string, path: string, token: string, body: unknown): Promise<unknown> {
  const listener = listenerOf(admin);
  const target = 'unix' in listener ? { socketPath: listener.unix } : { host: listener.host, port: listener.port };
  const text = body === undefined ? '' : JSON.stringify(body);
  const sent =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(
        new CountersignError('unavailable', `nobody answers at ${admin}: is "countersign serve" running?`, { cause }),
      );
    const asked = httpRequest({
      ...target,
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, ...sent },
      timeout: patience,
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', fail);
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        try {
          resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.end(text);
  });
}

/** Codes that the service may answer with; any other is a fault of the service. */
const codes: ReadonlySet<string> = new Set<ErrorCode>([
  'usage',
  'token_invalid',
  'forbidden',
  'hold_self',
  'hold_unknown',
  'hold_state',
  'record_unknown',
  'audit_unknown',
  'audit_damaged',
  'audit_broken',
  'audit_overload',
  'unavailable',
]);

function answerOf(status: number, body: string): unknown {
  let value: { readonly code?: unknown; readonly detail?: unknown };
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new CountersignError('unavailable', `the admin listener answered ${status} without JSON`, { cause });
  }
  if (status === 200) return value;
  const code = codes.has(String(value.code)) ? (value.code as ErrorCode) : 'unavailable';
  throw new CountersignError(code, visibleLine(String(value.detail ?? `the admin listener answered ${status}`)));
}
