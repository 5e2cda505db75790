/** A slice of `npm run kills`, with what a writer acknowledged held against what is there. */
import t from 'tap';
import { killWriters } from './kills.ts';

t.test('a writer that is killed 25 times loses nothing that it acknowledged', { timeout: 120_000 }, async (t) => {
  const state = t.testdir();
  const { acknowledged, faults } = await killWriters(state, 25);
  t.ok(acknowledged > 100, `${acknowledged} entries were acknowledged`);
  t.same(faults, []);
});
