/** Witnesses for tests: one of our own, after C2SP tlog-witness, and litewitness where it is there. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A running witness. */
export interface TestWitness {
  readonly url: string;
  readonly vkey: string;
  /** Bodies of the requests so far. */
  readonly asked: readonly string[];
  /** From now on it answers so. */
  answer(change: (answer: Answer) => Answer): void;
  /** What it remembers of the log. */
  size: number;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The verifier key of a witness: type 04, cosignature/v1. */
export function vkeyOf(name: string, key: KeyObject, type = 4): string {
  const bytes = Buffer.concat([Buffer.from([type]), key.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  return `${name}+${idOf(name, bytes).toString('hex')}+${bytes.toString('base64')}`;
}

const idOf = (name: string, bytes: Buffer) =>
  createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);

/** A cosignature line over a note at a time in seconds. */
export function cosign(name: string, key: KeyObject, note: string, time = 1_700_000_000): string {
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64BE(BigInt(time));
  const body = note.slice(0, note.indexOf('\n\n') + 1);
  const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${body}`), key);
  const id = idOf(name, Buffer.concat([Buffer.from([4]), raw]));
  return `\u2014 ${name} ${Buffer.concat([id, seconds, signature]).toString('base64')}\n`;
}

/** Remembers sizes and cosigns what names the size that it remembers; proofs are not its matter. */
export async function openTestWitness(name = 'witness.example.com'): Promise<TestWitness> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const asked: string[] = [];
  let change = (answer: Answer) => answer;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    asked.push(body);
    const { status, body: text } = change(answered(body));
    response.writeHead(status, status === 409 ? { 'content-type': 'text/x.tlog.size' } : {}).end(text);
  });
  function answered(body: string): Answer {
    const [, old, , note = ''] = /^old (\d+)\n((?:[^\n]+\n)*)\n([\s\S]+)$/.exec(body) ?? [];
    if (Number(old) !== witness.size) return { status: 409, body: `${witness.size}\n` };
    witness.size = Number(note.split('\n')[1]);
    return { status: 200, body: cosign(name, privateKey, note) };
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const witness: TestWitness = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    vkey: vkeyOf(name, publicKey),
    asked,
    answer(next) {
      change = next;
    },
    size: 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return witness;
}

const litewitness = process.env.LITEWITNESS;

/** Why litewitness can not be used; false where it can. */
export const noLitewitness =
  litewitness === undefined || spawnSync('ssh-agent', ['-V']).error !== undefined
    ? 'LITEWITNESS names no litewitness (go install filippo.io/torchwood/cmd/litewitness@v0.9.0), or there is no ssh-agent'
    : false;

/** Starts litewitness for the log of a verifier key. */
export async function openLitewitness(
  folder: string,
  origin: string,
  logKey: string,
): Promise<{ readonly url: string; readonly vkey: string; close(): Promise<void> }> {
  mkdirSync(folder, { recursive: true });
  const [agent, key, db] = [join(folder, 's'), join(folder, 'key'), join(folder, 'witness.db')];
  const children: ChildProcess[] = [];
  children.push(spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' }));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  while (!existsSync(agent)) await new Promise((resolve) => setImmediate(resolve));
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: agent }, stdio: 'ignore' });
  const print =
    execFileSync('ssh-keygen', ['-l', '-f', `${key}.pub`])
      .toString()
      .split(' ')[1] ?? '';
  knowLog(db, origin, logKey);
  const port = await freePort();
  const args = [
    '-db',
    db,
    '-ssh-agent',
    agent,
    '-name',
    'witness.example.org',
    '-key',
    print,
    '-listen',
    `127.0.0.1:${port}`,
  ];
  const child = spawn(litewitness ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  const said = await new Promise<string>((resolve) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (/vkey="?[^\s"]+/.test(text) && /listening/.test(text)) resolve(text);
    });
  });
  const vkey = /vkey="?([^\s"]+)/.exec(said)?.[1] ?? '';
  return {
    url: `http://127.0.0.1:${port}/`,
    vkey,
    async close() {
      for (const one of children.reverse()) {
        if (one.exitCode !== null) continue;
        one.kill('SIGKILL');
        await once(one, 'exit');
      }
    },
  };
}

/** What its own control program would enter. */
function knowLog(db: string, origin: string, logKey: string): void {
  const database = new DatabaseSync(db);
  database.exec(
    'CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL); CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL)',
  );
  const empty = createHash('sha256').digest('base64');
  database.prepare('INSERT INTO log VALUES (?, 0, ?)').run(origin, empty);
  database.prepare('INSERT INTO key VALUES (?, ?)').run(origin, logKey);
  database.close();
}

async function freePort(): Promise<number> {
  const server = createSocket();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
