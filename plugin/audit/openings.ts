import { Worker } from 'node:worker_threads';
import type { Opening } from './entry.ts';

/**
 * Keeps what opens the commitments: the erasable side of the log. `put` resolves when every opening of a batch is
 * durable; a row for an entry that was never acknowledged does no harm. The database is in a thread of its own.
 */
export interface Openings {
  put(openings: readonly Opening[]): Promise<void>;
  /** The secret and the values of an entry; null when it commits to nothing or was erased. */
  get(seq: number): Promise<Omit<Opening, 'seq'> | null>;
  /** Drops rows of entries from `seq` on: what a crash left behind of a batch that was never acknowledged. */
  truncate(seq: number): Promise<void>;
  close(): Promise<void>;
}

/** What the thread is asked; `id` comes back with the answer. */
export type OpeningsRequest =
  | { readonly id: number; readonly do: 'put'; readonly rows: readonly OpeningRow[] }
  | { readonly id: number; readonly do: 'get' | 'truncate'; readonly seq: number };

/** A row: values as one JSON object of base64, so that the erasure of an entry is the deletion of one row. */
export interface OpeningRow {
  readonly seq: number;
  readonly secret: Uint8Array;
  readonly values: string;
}

interface Waiting {
  resolve(value: OpeningRow | null): void;
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
  worker.on('message', ({ id, row, error }: { id: number; row: OpeningRow | null; error?: string }) => {
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

  function ask(request: Omit<Extract<OpeningsRequest, { do: 'put' }>, 'id'> | { do: 'get' | 'truncate'; seq: number }) {
    return new Promise<OpeningRow | null>((resolve, reject) => {
      if (ended !== null) return reject(ended);
      const id = next++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });
  }

  return {
    async put(openings) {
      await ask({ do: 'put', rows: openings.map(rowOf) });
    },
    async get(seq) {
      const row = await ask({ do: 'get', seq });
      if (row === null) return null;
      const values = JSON.parse(row.values) as Record<string, string>;
      return {
        secret: Buffer.from(row.secret),
        values: Object.fromEntries(Object.entries(values).map(([k, v]) => [k, Buffer.from(v, 'base64')])),
      };
    },
    async truncate(seq) {
      await ask({ do: 'truncate', seq });
    },
    async close() {
      if (!closing && ended === null) worker.postMessage(null);
      closing = true;
      await gone;
    },
  };
}

function rowOf({ seq, secret, values }: Opening): OpeningRow {
  const texts = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, Buffer.from(v).toString('base64')]));
  return { seq, secret, values: JSON.stringify(texts) };
}
