import t from 'tap';
import { median, rowsOf } from '../../bench/row.ts';

const occasion = { machine: 'm', date: '2026-01-01T00:00:00.000Z' };

t.test('a ratio is the median of the ratios of runs that alternated, not of the medians', async (t) => {
  const rows = rowsOf(
    'b',
    [
      { figure: 'peer', unit: 'us', runs: [10, 100, 20] },
      { figure: 'ours', unit: 'us', runs: [20, 210, 30], peer: 'peer', goal: { atMost: 29 } },
    ],
    occasion,
  );
  t.same(rows[1], {
    bench: 'b',
    figure: 'ours',
    value: 30,
    unit: 'us',
    peer: 'peer',
    ratio: 2,
    goal: '<= 29',
    met: false,
    ...occasion,
  });
  t.match(rows[0], { peer: null, ratio: null, goal: null, met: null });
});

t.test('goals bound from above or from below', async (t) => {
  const met = (value: number, goal: { atMost: number } | { atLeast: number }) =>
    rowsOf('b', [{ figure: 'f', unit: '/s', runs: [value], goal }], occasion)[0]?.met;
  t.equal(met(5, { atMost: 5 }), true);
  t.equal(met(6, { atMost: 5 }), false);
  t.equal(met(5, { atLeast: 5 }), true);
  t.equal(met(4, { atLeast: 5 }), false);
});

t.test('a peer that was not measured is an error, not an empty ratio', async (t) => {
  const alone = [{ figure: 'ours', unit: 'us', runs: [1], peer: 'nobody' }];
  t.throws(() => rowsOf('b', alone, occasion), /nobody/);
});

t.test('the median of none, an odd and an even number of values', async (t) => {
  t.same([median([]), median([3, 1, 2]), median([4, 1, 2, 3])], [Number.NaN, 2, 2.5]);
});
