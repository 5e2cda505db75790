import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { packOpenings } from '../../plugin/audit/opening.ts';

const code = new URL('../../plugin/audit/openings-worker.ts', import.meta.url);

t.test('a batch is kept whole or not at all', async (t) => {
  const file = join(t.testdir(), 'openings.db');
  const worker = new Worker(code, { workerData: file });
  const ready = await once(worker, 'message');
  t.match(ready[0], { id: -1 });
  const good = packOpenings([{ seq: 1, secret: Buffer.alloc(32), values: { body: Buffer.from('x') } }]);
  // A sequence number that no INTEGER PRIMARY KEY can be, behind a good row.
  const bad = packOpenings([{ seq: 0.5, secret: Buffer.alloc(32), values: {} }]);
  worker.postMessage({ id: 5, do: 'put', rows: Buffer.concat([good, bad]) });
  const [answer] = await once(worker, 'message');
  t.match(answer, { id: 5, row: null, error: /INTEGER|mismatch/ });
  worker.postMessage({ id: 6, do: 'get', seq: 1 });
  t.match((await once(worker, 'message'))[0], { id: 6, row: null });
  worker.postMessage({ id: 7, do: 'put', rows: good });
  t.match((await once(worker, 'message'))[0], { id: 7, row: null });
  worker.postMessage(null);
  await once(worker, 'exit');
  const database = new DatabaseSync(file, { readOnly: true });
  t.match(database.prepare('SELECT count(*) AS rows FROM opening').get(), { rows: 1 });
  t.match(database.prepare('PRAGMA journal_mode').get(), { journal_mode: 'wal' });
  database.close();
});
