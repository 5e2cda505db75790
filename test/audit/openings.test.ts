import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openOpenings } from '../../plugin/audit/openings.ts';

const opening = (seq: number, value: string) => ({
  seq,
  secret: Buffer.alloc(32, seq),
  values: { query: Buffer.from(value), body: Buffer.from([0, 255]) },
});

t.test('openings outlive the process that kept them', async (t) => {
  const file = join(t.testdir(), 'openings.db');
  const first = await openOpenings(file);
  await first.put([opening(1, 'a=1'), opening(2, 'a=2')]);
  t.same(await first.get(1), { secret: Buffer.alloc(32, 1), values: opening(1, 'a=1').values });
  await first.close();
  t.equal(statSync(file).mode & 0o777, 0o600);
  const again = await openOpenings(file);
  t.same((await again.get(2))?.values.query, Buffer.from('a=2'));
  t.equal(await again.get(3), null);
  await again.close();
});

t.test('what a crash left of an unacknowledged batch is gone, and its numbers are free', async (t) => {
  const file = join(t.testdir(), 'openings.db');
  const openings = await openOpenings(file);
  t.teardown(() => openings.close());
  await openings.put([opening(1, 'kept'), opening(2, 'canary-never-acknowledged'), opening(3, 'x')]);
  await openings.truncate(2);
  t.not(await openings.get(1), null);
  t.equal(await openings.get(2), null);
  t.equal(await openings.get(3), null);
  await openings.put([opening(2, 'other')]);
  t.same((await openings.get(2))?.values.query, Buffer.from('other'));
});

t.test('a file that is no database is refused', async (t) => {
  const folder = t.testdir({ 'openings.db': 'not a database, and much too short to be one'.repeat(40) });
  await t.rejects(openOpenings(join(folder, 'openings.db')));
  t.match(readFileSync(join(folder, 'openings.db'), 'utf8'), /^not a database/);
});

t.test('closing twice is closing once, and a closed store rejects', { timeout: 5_000 }, async (t) => {
  const openings = await openOpenings(join(t.testdir(), 'openings.db'));
  await Promise.all([openings.close(), openings.close()]);
  await openings.close();
  await t.rejects(openings.put([opening(1, 'late')]));
  await t.rejects(openings.get(1));
});
