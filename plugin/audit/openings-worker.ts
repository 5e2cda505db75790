import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { type OpeningRow, unpackOpenings } from './opening.ts';
import type { OpeningsRequest } from './openings.ts';

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
const cut = database.prepare('DELETE FROM opening WHERE seq >= ?');

function put(packed: Uint8Array): void {
  begin.run();
  try {
    for (const { seq, secret, fields } of unpackOpenings(packed)) insert.run(seq, secret, fields);
    commit.run();
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function answer(request: OpeningsRequest): OpeningRow | null {
  if (request.do === 'put') put(request.rows);
  else if (request.do === 'truncate') cut.run(request.seq);
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
