import { Worker } from 'node:worker_threads';
import type { Opening } from './entry.ts';
import { type OpeningRow, packOpenings, readFields } from './opening.ts';

/**
 * Keeps what opens the commitments: the erasable side of the log. `put` resolves when every opening of a batch is
 * durable; a row for an entry that was never acknowledged does no harm. The database is in a thread of its own.
 */
export interface Openings {
  put(openings: readonly Opening[]): Promise<void>;
  /** The secret and the values of an entry; null when it commits to nothing or was erased. */
  get(seq: number): Promise<Omit<Opening, 'seq'> | null>;
  /** Sequence numbers of the entries that can still be opened, in order. */
  kept(): Promise<readonly number[]>;
  /**
   * Deletes the openings of entries: overwritten in the database, and gone from its journal when this resolves. Numbers
   * without an opening do no harm.
   */
  erase(seqs: readonly number[]): Promise<void>;
  /** Drops rows of entries from `seq` on: what a crash left behind of a batch that was never acknowledged. */
  truncate(seq: number): Promise<void>;
  close(): Promise<void>;
}

/** What the thread is asked; `id` comes back with the answer. `rows` is what `packOpenings` made. */
export type OpeningsRequest =
  | { readonly id: number; readonly do: 'put'; readonly rows: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly do: 'get' | 'truncate'; readonly seq: number }
  | { readonly id: number; readonly do: 'kept' }
  | { readonly id: number; readonly do: 'erase'; readonly seqs: readonly number[] };

/** What the thread answers with: a row of `get`, the numbers of `kept`, else null. */
export type OpeningsAnswer = OpeningRow | readonly number[] | null;

/** Milliseconds that an answer may take: a disk that hangs is no reason to wait for ever. */
const patience: Readonly<Record<OpeningsRequest['do'], number>> = {
  put: 30_000,
  get: 30_000,
  kept: 60_000,
  truncate: 60_000,
  erase: 600_000,
};

interface Waiting {
  resolve(value: OpeningsAnswer): void;
  reject(error: Error): void;
}

/** Opens the store in `file`. Rejects when the database can't be opened. */
export async function openOpenings(file: string): Promise<Openings> {
  const worker = new Worker(new URL(`./openings-worker${import.meta.url.slice(-3)}`, import.meta.url), {
    workerData: file,
  });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | null = null;
  let closing = false;
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.on('message', ({ id, row, error }: { id: number; row: OpeningsAnswer; error?: string }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(row);
    else one?.reject(new Error(`openings: ${error}`));
  });
  const gone = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      end(new Error('openings: the store is closed'));
      resolve();
    });
  });
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));

  /** A thread that has ended answers nothing: nobody waits for it. */
  function end(error: Error): void {
    ended ??= error;
    for (const one of waiting.values()) one.reject(ended);
    waiting.clear();
  }

  function ask(request: OpeningsRequest, transfer: readonly ArrayBuffer[] = []) {
    return new Promise<OpeningsAnswer>((resolve, reject) => {
      if (ended !== null) return reject(ended);
      const late = setTimeout(() => {
        waiting.delete(request.id);
        reject(new Error(`openings: no answer within ${patience[request.do] / 1_000} s`));
      }, patience[request.do]);
      const settle = (then: () => void) => {
        clearTimeout(late);
        then();
      };
      waiting.set(request.id, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      });
      worker.postMessage(request, transfer);
    });
  }

  return {
    async put(openings) {
      const rows = packOpenings(openings);
      await ask({ id: next++, do: 'put', rows }, [rows.buffer]);
    },
    async get(seq) {
      const row = (await ask({ id: next++, do: 'get', seq })) as OpeningRow | null;
      return row === null ? null : { secret: Buffer.from(row.secret), values: readFields(row.fields) };
    },
    async kept() {
      return (await ask({ id: next++, do: 'kept' })) as readonly number[];
    },
    async erase(seqs) {
      await ask({ id: next++, do: 'erase', seqs });
    },
    async truncate(seq) {
      await ask({ id: next++, do: 'truncate', seq });
    },
    async close() {
      if (!closing && ended === null) worker.postMessage(null);
      closing = true;
      await gone;
    },
  };
}
