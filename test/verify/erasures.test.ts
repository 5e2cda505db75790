import t from 'tap';
import { readErasures } from '../../plugin/verify/erasures.ts';
import { eventOf, openReal } from './real.ts';
import { decision } from './sample.ts';

const erasure = (entries: readonly object[], reason: string) => ({
  kind: 'erasure' as const,
  body: { what: 'before', subject: 'x', reason, count: 1, entries },
});

t.test('an erasure is of the entries before it that it names, the first one counts', async (t) => {
  const state = t.testdir();
  const log = await openReal(state);
  for (const number of [1, 2, 3]) await log.append(eventOf(decision(number)));
  await log.append(
    erasure(
      [
        { first: 1, last: 1 },
        { first: 3, last: 90 },
      ],
      'one',
    ),
  );
  await log.append(erasure([{ first: 1, last: 2 }], 'two'));
  await log.close();
  const by = readErasures(`${state}/audit`);
  t.same([0, 1, 2, 3, 4, 5].map(by), [
    null,
    { seq: 4, reason: 'one' },
    { seq: 5, reason: 'two' },
    { seq: 4, reason: 'one' },
    null,
    null,
  ]);
  t.throws(() => readErasures(state), { code: 'usage' });
});
