import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { openHoldDatabase } from '../../plugin/hold/sqlite-database.ts';
import { opens } from '../contract/hold-store.ts';
import { pendingHold } from './opening.ts';

t.test('each commit is on the disk before it returns', async (t) => {
  const file = `${t.testdir({})}/holds.db`;
  const database = openHoldDatabase(file);
  t.equal(database.commit(opens(pendingHold())), 'committed');
  const other = new DatabaseSync(file, { readOnly: true });
  t.match(other.prepare('PRAGMA journal_mode').get(), { journal_mode: 'wal' });
  t.match(other.prepare('SELECT count(*) AS n FROM outbox').get(), { n: 1 });
  other.close();
  database.close();
});

t.test('a change that fails half-way leaves nothing', async (t) => {
  const file = `${t.testdir({})}/holds.db`;
  const database = openHoldDatabase(file);
  const other = new DatabaseSync(file);
  other.exec("CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no room'); END");
  t.throws(() => database.commit(opens(pendingHold())), { message: /no room/ });
  t.match(other.prepare('SELECT count(*) AS n FROM holds').get(), { n: 0 });
  other.exec('DROP TRIGGER broken');
  other.close();
  t.equal(database.commit(opens(pendingHold())), 'committed', 'and the next one is committed');
  database.close();
});

t.test('another layout is refused', async (t) => {
  const file = `${t.testdir({})}/holds.db`;
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  t.throws(() => openHoldDatabase(file), { code: 'unavailable', message: /layout is 99/ });
});
