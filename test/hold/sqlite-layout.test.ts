import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { openHoldDatabase } from '../../plugin/hold/sqlite-database.ts';
import { layout, readEvent, writeEvent } from '../../plugin/hold/sqlite-layout.ts';
import { opens } from '../contract/hold-store.ts';
import { pendingHold } from './opening.ts';

t.test('an event comes back as it was, and what is none is null', async (t) => {
  const { event } = opens(pendingHold());
  const read = readEvent(writeEvent(event));
  t.same(read?.body, event.body);
  t.same(Buffer.from(read?.committed.command ?? []), Buffer.from(event.committed.command ?? []));
  for (const text of ['', 'null', '{}', '[1]', '{"committed":null}']) t.equal(readEvent(text), null, text);
});

t.test('a file of the first layout is taken over empty', async (t) => {
  const file = `${t.testdir({})}/holds.db`;
  const older = new DatabaseSync(file);
  older.exec('CREATE TABLE holds (id TEXT); CREATE TABLE outbox (hold TEXT); PRAGMA user_version = 1');
  older.close();
  const database = openHoldDatabase(file);
  t.equal(database.commit(opens(pendingHold())), 'committed');
  database.close();
  const db = new DatabaseSync(file, { readOnly: true });
  t.match(db.prepare('PRAGMA user_version').get(), { user_version: layout });
  db.close();
});
