import t from 'tap';
import type { Found } from '../../plugin/verify/entries.ts';
import { tally } from '../../plugin/verify/period.ts';
import { searchEntries } from '../../plugin/verify/search.ts';
import { writeReal } from './real.ts';
import { exchange } from './sample.ts';

/** Entries a second apart, or when they say. */
const entries = (...rows: readonly Record<string, unknown>[]): Found[] =>
  rows.map((entry, seq) => ({ seq, text: '', entry: { time: seq * 1_000, ...entry } }));

t.test('a real log is counted', async (t) => {
  const { folder } = await writeReal(t.testdir());
  const period = tally(searchEntries(folder, {}));
  t.equal(period.entries, 11);
  t.same(
    [...period.verdicts],
    [
      ['["allow"]', 3],
      ['["deny"]', 1],
    ],
  );
  t.same(
    [...period.principals],
    [
      ['["agent","allow"]', 3],
      ['["agent","deny"]', 1],
    ],
  );
  t.same([...period.masks], [['["ssn","*.ssn"]', 6]]);
  t.match(period.holds, [
    {
      hold: 'h_one',
      exchange: exchange(3),
      asker: 'agent',
      action: 'DELETE api.example.org/customers',
      steps: [{ transition: 'opened' }, { transition: 'approved', approver: /./ }, { transition: 'consumed' }],
    },
  ]);
  t.same(period.gaps, []);
  t.equal(period.left, 0);
});

t.test('a gap says how the silence began and ended', async (t) => {
  const { gaps } = tally(
    entries(
      { kind: 'boot', time: 0 },
      { kind: 'heartbeat', time: 90_000 },
      { kind: 'close', time: 180_000 },
      { kind: 'boot', time: 300_000 },
      { kind: 'boot', time: 400_000 },
      { kind: 'decision', time: 500_000 },
    ),
  );
  t.same(gaps, [
    { from: 180_000, to: 300_000, seq: 3, why: 'stopped in order' },
    { from: 300_000, to: 400_000, seq: 4, why: 'ended without a close' },
    { from: 400_000, to: 500_000, seq: 5, why: 'silent' },
  ]);
});

t.test('lists have a bound, and what is left out is counted; odd members do no harm', async (t) => {
  const many = Array.from({ length: 5_003 }, () => ({ kind: 'deviation' }));
  const period = tally(entries(...many));
  t.equal(period.deviations.length, 5_000);
  t.equal(period.left, 3);
  const odd = tally(
    entries({ kind: 'toString' }, { kind: 'response', masks: [{}] }, { kind: 'hold' }, { kind: 'decision' }),
  );
  t.equal(odd.entries, 4);
  t.equal(tally([]).entries, 0);
});
