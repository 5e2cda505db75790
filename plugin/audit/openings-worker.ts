import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { OpeningRow, OpeningsRequest } from './openings.ts';

const file = String(workerData);
const database = new DatabaseSync(file);
chmodSync(file, 0o600);
// secure_delete: an erased opening is overwritten, not only unlinked.
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
database.exec(
  'CREATE TABLE IF NOT EXISTS opening (seq INTEGER PRIMARY KEY, secret BLOB NOT NULL, vals TEXT NOT NULL) STRICT',
);
const insert = database.prepare('INSERT OR REPLACE INTO opening (seq, secret, vals) VALUES (?, ?, ?)');
const select = database.prepare('SELECT seq, secret, vals AS "values" FROM opening WHERE seq = ?');
const cut = database.prepare('DELETE FROM opening WHERE seq >= ?');

function put(rows: readonly OpeningRow[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const { seq, secret, values } of rows) insert.run(seq, secret, values);
    database.exec('COMMIT');
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
