import { Worker } from 'node:worker_threads';
import { type Command, unparsed } from './command.ts';
import type { Outcome, Task } from './understand.ts';

/** Understands requests elsewhere, within limits. */
export interface Parser {
  /** Never rejects; what takes too long, finds the line full, or breaks the parser is `unparsed` with a reason. */
  parse(task: Task): Promise<readonly Command[]>;
  close(): Promise<void>;
}

/** Commands in line; a flood finds it full instead of filling the memory. */
const lineLimit = 64;

/** Milliseconds that a command waits in line, and that a new thread may take to load the parser. */
const lineTimeout = 2_000;
const startTimeout = 20_000;

interface Job {
  readonly task: Task;
  readonly expires: number;
  readonly done: (commands: readonly Command[]) => void;
}

/** A parser in a thread that is started when first needed, and replaced after a command took longer than `timeoutMs`. */
export function openParser(timeoutMs: number): Parser {
  const line: Job[] = [];
  let worker: Worker | null = null;
  let ready = false;
  let current: Job | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function start(): void {
    // Sources and emitted code differ in their suffix.
    const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    const started = new Worker(new URL(`./worker${suffix}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 128, stackSizeMb: 4 },
      stdout: false,
    });
    worker = started;
    ready = false;
    timer = setTimeout(() => drop(started, 'the parser did not start'), startTimeout);
    started.on('message', (message: Outcome | 'ready') => {
      if (worker !== started) return;
      clearTimeout(timer);
      if (message === 'ready') ready = true;
      else settle(message.commands);
      next();
    });
    started.on('error', () => drop(started, 'the parser failed'));
    started.on('exit', () => drop(started, 'the parser failed'));
  }

  /** Gives up on a thread and whatever it was at; the next command starts another. */
  function drop(gone: Worker, reason: string): void {
    if (worker !== gone) return;
    clearTimeout(timer);
    worker = null;
    void gone.terminate();
    if (!ready) for (const job of line.splice(0)) job.done([unparsed(reason)]);
    ready = false;
    settle([unparsed(reason)]);
    next();
  }

  function settle(commands: readonly Command[]): void {
    const job = current;
    current = null;
    job?.done(commands);
  }

  function next(): void {
    if (current !== null) return;
    const now = performance.now();
    while (line[0] !== undefined && line[0].expires < now)
      line.shift()?.done([unparsed('the parser was busy for too long')]);
    if (line.length === 0) return;
    if (worker === null) start();
    if (worker === null || !ready) return;
    const at = worker;
    current = line.shift() ?? null;
    timer = setTimeout(() => drop(at, `the command took longer than ${timeoutMs} ms to parse`), timeoutMs);
    at.postMessage(current?.task);
  }

  return {
    parse: (task) =>
      new Promise((resolve) => {
        if (closed) return resolve([unparsed('the parser is closed')]);
        if (line.length >= lineLimit) return resolve([unparsed('too many commands wait for the parser')]);
        // A thread that is still loading takes as long as it takes.
        line.push({ task, expires: performance.now() + lineTimeout + (ready ? 0 : startTimeout), done: resolve });
        next();
      }),
    async close() {
      closed = true;
      clearTimeout(timer);
      const gone = worker;
      worker = null;
      for (const job of line.splice(0)) job.done([unparsed('the parser is closed')]);
      settle([unparsed('the parser is closed')]);
      await gone?.terminate();
    },
  };
}
