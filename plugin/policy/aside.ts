import { Worker } from 'node:worker_threads';
import { CountersignError } from '../errors.ts';

/** Evaluates in a thread of its own what would hold up the event loop. */
export interface Aside {
  /**
   * As `Engine.evaluate`, by the whole limit of steps.
   * @throws CountersignError `policy_error` as there, and where too many wait
   */
  evaluate(entrypoint: number, input: string): Promise<string>;
}

/** What the thread is asked, and what it says. */
export interface AsideTask {
  readonly id: number;
  readonly entrypoint: number;
  readonly input: string;
}

/** `text` is the result set; else `fault` is why there is none. */
export type AsideOutcome = { readonly id: number } & ({ readonly text: string } | { readonly fault: string });

/** What the thread is started with. */
export interface AsideBundle {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly data: string;
}

/** Evaluations in line; a flood of them finds it full. */
const lineLimit = 64;

/** Milliseconds that an evaluation may take, its time in line and the start of the thread included. */
const deadline = 10_000;

/** Milliseconds after which a thread that nobody needs ends: so does that of a bundle that is no longer in force. */
const idleTime = 30_000;

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: CountersignError) => void;
  readonly timer: NodeJS.Timeout;
}

/** The thread is started when it is first needed; it keeps no process alive. */
export function openAside(bundle: AsideBundle): Aside {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | undefined;
  let last = 0;
  /** When the thread last said something, or had nothing to say. */
  let moved = 0;

  function start(): Worker {
    // Sources and emitted code differ in their suffix.
    const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    const started = new Worker(new URL(`./aside-worker${suffix}`, import.meta.url), { workerData: bundle });
    // Listening holds the process again, so this comes last.
    started.on('message', (outcome: AsideOutcome) => settle(outcome));
    for (const event of ['error', 'exit'] as const) started.on(event, () => drop(started, 'the thread for it failed'));
    started.unref();
    return started;
  }

  function settle(outcome: AsideOutcome): void {
    moved = performance.now();
    const job = take(outcome.id);
    if ('text' in outcome) job?.resolve(outcome.text);
    else job?.reject(new CountersignError('policy_error', outcome.fault));
    if (waiting.size === 0) idle = setTimeout(() => worker !== null && drop(worker, 'idle'), idleTime).unref();
  }

  /** Whoever waits for too long goes; a thread that has said nothing all the while goes with it. */
  function expire(at: Worker, id: number): void {
    const why = `it took longer than ${deadline} ms, others before it included`;
    take(id)?.reject(cutOff(why));
    if (performance.now() - moved >= deadline) drop(at, why);
  }

  function take(id: number): Waiting | undefined {
    const job = waiting.get(id);
    waiting.delete(id);
    clearTimeout(job?.timer);
    return job;
  }

  /** Gives up on a thread and whatever it had before it; the next evaluation starts another. */
  function drop(gone: Worker, why: string): void {
    if (worker !== gone) return;
    worker = null;
    void gone.terminate();
    for (const id of [...waiting.keys()]) take(id)?.reject(cutOff(why));
  }

  return {
    evaluate: (entrypoint, input) =>
      new Promise((resolve, reject) => {
        if (waiting.size >= lineLimit) return reject(cutOff('too many evaluations of that length wait'));
        clearTimeout(idle);
        worker ??= start();
        const at = worker;
        if (waiting.size === 0) moved = performance.now();
        const id = ++last;
        const timer = setTimeout(() => expire(at, id), deadline);
        waiting.set(id, { resolve, reject, timer });
        at.postMessage({ id, entrypoint, input } satisfies AsideTask);
      }),
  };
}

function cutOff(why: string): CountersignError {
  return new CountersignError('policy_error', `the evaluation was cut off: ${why}`);
}
