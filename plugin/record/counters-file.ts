import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import type { Counters, Row } from './counters.ts';

/** What keeps counters on disk while a service runs. */
export interface KeptCounters {
  /** Writes what changed, and ends. */
  close(): Promise<void>;
}

/** Milliseconds between two writes: what a crash may lose. */
const flushEvery = 1_000;

/** Rows that are written in one turn of the event loop. */
const turnRows = 500;

/** The file may hold so many rows that are overtaken, beside as many again as are alive, before it is written anew. */
const slack = 10_000;

const count = z.int().min(0);
const rowSchema = z.strictObject({
  key: z.string(),
  principal: z.string().nullable(),
  requests: count,
  denied: count,
  held: count,
  masked_fields: count,
  started: count,
  last: count,
});

/**
 * Puts back what `file` has, and appends every second what changed, a JSON line per row, never on the path of a request.
 * A crash loses what was counted in its last second; the system may lose more when the machine loses power, since no
 * request waits for the disk. A line that was cut off is passed over. `onFault` hears of every write that failed:
 * counting goes on in memory.
 * @throws CountersignError `record_failed` when the file is there and can't be read or written
 */
export async function keepCounters(
  counters: Counters,
  file: string,
  onFault: (error: unknown) => void,
): Promise<KeptCounters> {
  let lines = 0;
  let handle: FileHandle;
  try {
    counters.restore(await readRows(file));
    handle = await rewrite();
  } catch (cause) {
    throw failed(file, cause);
  }

  /** Only what is alive, in a file of its own that replaces the old one when it is whole. */
  async function rewrite(): Promise<FileHandle> {
    const next = `${file}.next`;
    await rm(next, { force: true });
    const made = await open(next, 'ax', 0o600);
    try {
      lines = 0;
      for (const batch of batches([...counters.rows()])) {
        await made.appendFile(textOf(batch));
        lines += batch.length;
        await nextTurn();
      }
      await rename(next, file);
      return made;
    } catch (error) {
      await made.close();
      throw error;
    }
  }

  async function flush(): Promise<void> {
    for (const batch of batches(counters.changed())) {
      await handle.appendFile(textOf(batch));
      lines += batch.length;
      await nextTurn();
    }
    if (lines <= 2 * counters.size + slack) return;
    const before = handle;
    handle = await rewrite();
    await before.close();
  }

  let working: Promise<void> = Promise.resolve();
  const flushNow = (): Promise<void> => {
    working = working.then(flush).catch((cause: unknown) => onFault(failed(file, cause)));
    return working;
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void flushNow().finally(() => {
      busy = false;
    });
  }, flushEvery);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await flushNow();
      await handle.close();
    },
  };
}

function failed(file: string, cause: unknown): CountersignError {
  return new CountersignError(
    'record_failed',
    `${file}: the session counters can not be kept there; is the disk full?`,
    {
      cause,
    },
  );
}

const textOf = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

function* batches(rows: Iterable<Row>): Generator<readonly Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < turnRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The last row of each key, in the order of their last use. */
async function readRows(file: string): Promise<readonly Row[]> {
  if ((await stat(file).catch(() => null)) === null) return [];
  const rows = new Map<string, Row>();
  for await (const line of createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const row = rowOf(line);
    if (row === null) continue;
    const key = `${row.principal === null ? 'p' : 's'}${row.key}`;
    rows.delete(key);
    rows.set(key, row);
  }
  return [...rows.values()].sort((a, b) => a.last - b.last);
}

function rowOf(line: string): Row | null {
  try {
    return rowSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
