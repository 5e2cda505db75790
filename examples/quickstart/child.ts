/** Child processes and waiting for them: every wait has a deadline, and its failure names the process and quotes its log. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Both output streams, appended. */
  readonly log: string;
  /** Settles when the process has ended. */
  readonly ended: Promise<Ending>;
  /** What `ended` resolved to, as soon as it has. */
  ending(): Ending | null;
  /** Sends `signal` and waits; SIGKILL follows after `patienceMs`. Resolves at once when it has ended already. */
  stop(signal?: NodeJS.Signals, patienceMs?: number): Promise<Ending>;
  /** The last lines of its log, to be quoted in a failure. */
  tail(lines?: number): string;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** File that both output streams are appended to. */
  readonly log: string;
}

/** Those that run: none outlives this process, however it ends (a SIGKILL excepted). */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process in a process group of its own: Ctrl-C at the terminal reaches us alone, and we stop the others in order. */
export async function startChild(name: string, command: readonly string[], options: ChildOptions): Promise<Child> {
  const [file = '', ...args] = command;
  const out = openSync(options.log, 'a', 0o600);
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', out, out],
    detached: true,
  });
  closeSync(out);
  running.add(child);
  let ending: Ending | null = null;
  const ended = new Promise<Ending>((done) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      ending = { code, signal };
      done(ending);
    });
  });
  const pid = await new Promise<number>((started, failed) => {
    child.once('error', (cause) => failed(new Error(`${name} does not start: ${cause.message}`, { cause })));
    child.once('spawn', () => started(child.pid ?? 0));
  });
  return {
    name,
    pid,
    log: options.log,
    ended,
    ending: () => ending,
    async stop(signal = 'SIGTERM', patienceMs = 10_000) {
      if (ending) return ending;
      child.kill(signal);
      const impatience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      return ended.finally(() => clearTimeout(impatience));
    },
    tail: (lines = 15) => lastLines(options.log, lines),
  };
}

function lastLines(file: string, count: number): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}

/**
 * Asks `probe` until it gives a value other than undefined. A probe that throws has no answer yet.
 * @param what completes the sentence "waited for ..."
 * @throws Error when `deadlineMs` has passed or one of `children` has ended, with the last lines of each child's log
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  children: readonly Child[] = [],
  deadlineMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  let last = 'no answer';
  for (let wait = 5; ; wait = Math.min(wait * 2, 100)) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const gone = children.find((child) => child.ending());
    if (gone) throw failure(`${what}: ${gone.name} ended (${inWords(gone.ending())})`, [gone]);
    if (performance.now() > deadline) throw failure(`${what}: ${deadlineMs / 1000} s have passed (${last})`, children);
    await pause(wait);
  }
}

const inWords = (ending: Ending | null) => (ending?.signal ? `by ${ending.signal}` : `exit code ${ending?.code}`);

function failure(what: string, children: readonly Child[]): Error {
  const logs = children.map((child) => `\n  the last lines of ${child.name} (${child.log}):\n${child.tail()}`);
  return new Error(`waited for ${what}${logs.join('')}`);
}

/** What a command that ran to its end printed. */
export interface Output extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; it is killed after `deadlineMs`. Resolves whatever the exit code is. */
export async function run(
  command: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly deadlineMs?: number },
): Promise<Output> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.deadlineMs ?? 30_000,
    killSignal: 'SIGKILL',
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
}
