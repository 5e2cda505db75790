import { statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import { approves, consumes, holdStoreContract, opens } from '../contract/hold-store.ts';
import { pendingHold } from './opening.ts';

holdStoreContract(t, (t) => {
  const file = `${t.testdir({})}/holds.db`;
  return () => openSqliteStore(file);
});

t.test('the file is its owner’s alone', async (t) => {
  const file = `${t.testdir({})}/holds.db`;
  await (await openSqliteStore(file)).close();
  t.equal(statSync(file).mode & 0o777, 0o600);
});

t.test('a file that is no store, or can not be made, is refused with its name', async (t) => {
  const folder = t.testdir({});
  writeFileSync(`${folder}/other`, 'these bytes are no database, whatever the name says');
  await t.rejects(openSqliteStore(`${folder}/other`), { code: 'unavailable', message: /other/ });
  await t.rejects(openSqliteStore(`${folder}/none/holds.db`), { code: 'unavailable', message: /none/ });
});

t.test('the texts of a closed hold are gone from the file', async (t) => {
  const file = `${t.testdir({})}/holds.db`;
  const store = await openSqliteStore(file);
  const hold = pendingHold({ justification: 'the canary sings' });
  await store.commit(opens(hold));
  const approved = approves(hold);
  await store.commit(approved);
  const used = consumes(approved.hold, 's');
  await store.commit(used);
  for (const version of [1, 2, 3]) await store.mark(hold.id, version, { origin: 'o', seq: version, digest: '' });
  await store.close();
  const bytes = await readFile(file, 'latin1');
  t.ok(bytes.includes(hold.id));
  for (const text of ['canary', 'DELETE FROM t']) t.notOk(bytes.includes(text), text);
});
