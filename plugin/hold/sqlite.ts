import { Worker } from 'node:worker_threads';
import { CountersignError } from '../errors.ts';
import type { StoreAnswer, StoreCall } from './sqlite-worker.ts';
import type { HoldStore } from './store.ts';

const workerFile = import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js';

/** Milliseconds that a call may take: longer than SQLite waits for another process. */
const patience = 10_000;

/**
 * A hold store in one SQLite file, in a thread of its own (a commit waits for the disk). Its folder must be there.
 * @throws CountersignError `unavailable` when the file can't be opened; its methods reject with the same when it fails
 */
export async function openSqliteStore(file: string): Promise<HoldStore> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  let ended: string | null = null;
  const worker = new Worker(new URL(workerFile, import.meta.url), {
    workerData: { holds: file },
    // What this process was started with is not for a thread that only reads and writes one file.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: {},
  });
  // Not events.once: that one rejects when the thread dies of an error, with nobody to hear it.
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  const wait = (n: number) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(n, { resolve, reject });
    });

  function end(why: string): void {
    ended ??= why;
    for (const { reject } of waiting.values()) reject(unavailable(why));
    waiting.clear();
  }

  worker.on('message', (answer: StoreAnswer) => {
    const call = waiting.get(answer.n);
    waiting.delete(answer.n);
    if ('fault' in answer) call?.reject(unavailable(answer.fault));
    else call?.resolve(answer.value);
  });
  worker.on('error', (error) => end(error instanceof Error ? error.message : String(error)));
  worker.on('exit', () => end('it is closed'));

  function call(method: StoreCall['method'], ...parameters: readonly unknown[]): Promise<unknown> {
    if (ended !== null) return Promise.reject(unavailable(ended));
    const n = ++last;
    const answered = wait(n);
    worker.postMessage({ n, method, parameters } satisfies StoreCall);
    // A disk that hangs is no reason to wait for ever: the caller is refused, and what was committed is owed.
    const late = setTimeout(() => {
      waiting.get(n)?.reject(unavailable(`it did not answer within ${patience / 1_000} s`));
      waiting.delete(n);
    }, patience);
    return answered.finally(() => clearTimeout(late));
  }

  try {
    await wait(0);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    commit: (change) => call('commit', change) as ReturnType<HoldStore['commit']>,
    mark: (...values) => call('mark', ...values) as ReturnType<HoldStore['mark']>,
    select: (query) => call('select', query) as ReturnType<HoldStore['select']>,
    tally: (...values) => call('tally', ...values) as ReturnType<HoldStore['tally']>,
    forget: (...values) => call('forget', ...values) as ReturnType<HoldStore['forget']>,
    strippable: () => call('strippable') as ReturnType<HoldStore['strippable']>,
    strip: (exchanges) => call('strip', exchanges) as ReturnType<HoldStore['strip']>,
    notices: (...values) => call('notices', ...values) as ReturnType<HoldStore['notices']>,
    noticed: (...values) => call('noticed', ...values) as ReturnType<HoldStore['noticed']>,
    async close() {
      if (ended !== null) return;
      await call('close');
      await exited;
    },
  };
}

function unavailable(why: string): CountersignError {
  return new CountersignError('unavailable', `the hold store: ${why}`);
}
