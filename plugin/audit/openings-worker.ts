import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { type OpeningRow, unpackOpenings } from './opening.ts';
import type { OpeningsAnswer, OpeningsRequest } from './openings.ts';

const file = String(workerData);
// Made before SQLite does, which would let others read it; its journal gets the mode of the database.
closeSync(openSync(file, 'a', 0o600));
const database = new DatabaseSync(file);
// secure_delete: an erased opening is overwritten, not only unlinked.
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
database.exec(
  'CREATE TABLE IF NOT EXISTS opening (seq INTEGER PRIMARY KEY, secret BLOB NOT NULL, fields BLOB NOT NULL) STRICT',
);
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const insert = database.prepare('INSERT OR REPLACE INTO opening (seq, secret, fields) VALUES (?, ?, ?)');
const select = database.prepare('SELECT seq, secret, fields FROM opening WHERE seq = ?');
const list = database.prepare('SELECT seq FROM opening ORDER BY seq');
const drop = database.prepare('DELETE FROM opening WHERE seq = ?');
const empty = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
const cut = database.prepare('DELETE FROM opening WHERE seq >= ?');

function whole(change: () => void): void {
  begin.run();
  try {
    change();
    commit.run();
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function put(packed: Uint8Array): void {
  whole(() => {
    for (const { seq, secret, fields } of unpackOpenings(packed)) insert.run(seq, secret, fields);
  });
}

/** The journal still has what was written before: it is emptied, else the erasure is not done. */
function erase(seqs: readonly number[]): void {
  whole(() => {
    for (const seq of seqs) drop.run(seq);
  });
  const { busy } = empty.get() as { readonly busy: number };
  if (busy !== 0) throw new Error('another process reads the database: its journal could not be emptied');
}

function answer(request: OpeningsRequest): OpeningsAnswer {
  if (request.do === 'put') put(request.rows);
  else if (request.do === 'truncate') cut.run(request.seq);
  else if (request.do === 'erase') erase(request.seqs);
  else if (request.do === 'kept') return list.all().map(({ seq }) => Number(seq));
  else return (select.get(request.seq) as unknown as OpeningRow | undefined) ?? null;
  return null;
}

parentPort?.on('message', (request: OpeningsRequest | null) => {
  if (request === null) {
    database.close();
    parentPort?.close();
    return;
  }
  try {
    parentPort?.postMessage({ id: request.id, row: answer(request) });
  } catch (error) {
    parentPort?.postMessage({ id: request.id, row: null, error: String(error) });
  }
});
parentPort?.postMessage({ id: -1, row: null });
