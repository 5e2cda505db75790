import t from 'tap';
import { defaultLimits, openBudget } from '../../../plugin/transport/h2/limits.ts';

t.test('a budget allows its burst at once and its rate for ever', (t) => {
  const charge = openBudget({ burst: 3, perSecond: 10 }, 0);
  t.same([charge(0), charge(0), charge(0)], [0, 0, 0]);
  t.equal(charge(0), 100, 'one too many: as long as it takes to earn it');
  t.equal(charge(0), 200);
  t.equal(charge(1_000), 0, 'a second earns ten, three at most');
  t.same([charge(1_000), charge(1_000)], [0, 0]);
  t.ok(charge(1_000) > 0);
  t.end();
});

t.test('a clock that goes back earns nothing', (t) => {
  const charge = openBudget({ burst: 1, perSecond: 1_000 }, 10_000);
  t.equal(charge(10_000), 0);
  t.ok(charge(0) > 0);
  t.ok(defaultLimits.streamWindowBytes <= defaultLimits.connectionWindowBytes);
  t.end();
});
