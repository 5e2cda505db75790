import { Worker } from 'node:worker_threads';
import type { Parsed } from './sql.ts';

/** One text to parse. `foldNames`: see `parseSql`. */
export interface Query {
  readonly text: string;
  readonly foldNames: boolean;
}

/** Parses SQL elsewhere, within limits. */
export interface Parser {
  /** Never rejects; what takes too long, finds the line full, or breaks the parser has a reason. */
  parse(query: Query): Promise<Parsed>;
  close(): Promise<void>;
}

/** Commands in line; a flood finds it full instead of filling the memory. */
const lineLimit = 64;

/** Milliseconds that a command waits in line, and that a new thread may take to load the parser. */
const lineTimeout = 2_000;
const startTimeout = 20_000;

interface Job {
  readonly query: Query;
  readonly expires: number;
  readonly done: (parsed: Parsed) => void;
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
    started.on('message', (message: Parsed | 'ready') => {
      if (worker !== started) return;
      clearTimeout(timer);
      if (message === 'ready') ready = true;
      else settle(message);
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
    if (!ready) for (const job of line.splice(0)) job.done({ reason, broken: false });
    ready = false;
    settle({ reason, broken: false });
    next();
  }

  function settle(parsed: Parsed): void {
    const job = current;
    current = null;
    job?.done(parsed);
  }

  function next(): void {
    if (current !== null) return;
    const now = performance.now();
    while (line[0] !== undefined && line[0].expires < now)
      line.shift()?.done({ reason: 'the parser was busy for too long', broken: false });
    if (line.length === 0) return;
    if (worker === null) start();
    if (worker === null || !ready) return;
    const at = worker;
    current = line.shift() ?? null;
    timer = setTimeout(() => drop(at, `the command took longer than ${timeoutMs} ms to parse`), timeoutMs);
    at.postMessage(current?.query);
  }

  return {
    parse: (query) =>
      new Promise((resolve) => {
        if (closed) return resolve({ reason: 'the parser is closed', broken: false });
        if (line.length >= lineLimit)
          return resolve({ reason: 'too many commands wait for the parser', broken: false });
        // A thread that is still loading takes as long as it takes.
        line.push({ query, expires: performance.now() + lineTimeout + (ready ? 0 : startTimeout), done: resolve });
        next();
      }),
    async close() {
      closed = true;
      clearTimeout(timer);
      const gone = worker;
      worker = null;
      for (const job of line.splice(0)) job.done({ reason: 'the parser is closed', broken: false });
      settle({ reason: 'the parser is closed', broken: false });
      await gone?.terminate();
    },
  };
}
