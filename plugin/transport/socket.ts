import { lstat, mkdir, stat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { CountersignError } from '../errors.ts';
import type { Listener } from './port.ts';

/**
 * Makes a path ready to listen on: whoever reaches the socket is Envoy to us (threat 18), so its folder must be ours (or
 * root's) and 0750 at most. A missing folder is made; its parent must be there. A socket file on which nobody listens is
 * removed. Anything else is config_invalid, with the remedy.
 */
export async function prepareSocketPath(path: string): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  const { mode, uid } = await stat(folder);
  if ((mode & 0o027) !== 0) {
    const got = (mode & 0o777).toString(8).padStart(4, '0');
    throw invalid(`the folder of the socket may be 0750 at most, ${folder} is ${got}: run "chmod 0750 ${folder}"`);
  }
  const own = process.getuid?.() ?? uid;
  if (uid !== own && uid !== 0)
    throw invalid(
      `the folder of the socket must belong to us or to root, ${folder} belongs to uid ${uid}: use another`,
    );
  await removeStale(path);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o750 });
  } catch (error) {
    if (errno(error) === 'EEXIST') return;
    throw invalid(`the folder of the socket, ${folder}, is not there and can't be made (${errno(error)}): make it`);
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) throw invalid(`expected a socket or nothing at ${path}, got another file: move it away`);
  if (await someoneListens(path)) throw invalid(`another process listens on ${path}: stop it, or name another path`);
  await unlink(path);
}

/** Only a refused connection proves that nobody does; a full backlog or a missing permission does not. */
function someoneListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(errno(error) !== 'ECONNREFUSED'));
  });
}

/** Listens on a prepared path. The file is never wider than 0660, not for a moment: the mask is set while it is made. */
export function listenOnPath(server: Server, path: string): void {
  const before = process.umask(0o117);
  try {
    process.umask(before | 0o117);
    server.listen(path);
  } finally {
    process.umask(before);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError('config_invalid', message);
}

function errno(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}

/**
 * Listens on a prepared path, or on host and port; resolves with the address as bound.
 * @throws CountersignError `config_invalid` when it can't, saying why
 */
export async function listenOn(server: Server, listener: Listener): Promise<string> {
  if ('unix' in listener) await prepareSocketPath(listener.unix);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(listener, error)));
    server.once('listening', resolve);
    if ('unix' in listener) listenOnPath(server, listener.unix);
    else server.listen(listener.port, listener.host);
  });
  // A connection that can't be accepted (no descriptor left) is the peer's to repeat, not the end of the process.
  server.on('error', () => undefined);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return bound ?? '';
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

function cannotListen(listener: Listener, error: Error): CountersignError {
  const where = 'unix' in listener ? listener.unix : `${listener.host}:${listener.port}`;
  return new CountersignError('config_invalid', `can't listen on ${where}: ${error.message}`, { cause: error });
}
