import fc from 'fast-check';
import t from 'tap';
import { steadyClock } from '../../plugin/hold/clock.ts';

t.test('a clock that is set back gives an approval no more time', async (t) => {
  const at = { wall: 1_000_000, steady: 0 };
  const now = steadyClock({ wall: () => at.wall, steady: () => at.steady });
  t.equal(now(), 1_000_000);
  at.wall -= 500_000;
  at.steady += 100;
  t.equal(now(), 1_000_100, 'time goes on as the machine counts it');
  at.wall = 2_000_000;
  t.equal(now(), 2_000_000, 'a machine that slept wakes up in the present');
});

t.test('whatever both clocks do, it never goes back', async () => {
  const step = fc.record({
    wall: fc.integer({ min: -10_000, max: 10_000 }),
    steady: fc.integer({ min: -5, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const at = { wall: 1_000_000, steady: 0 };
      const now = steadyClock({ wall: () => at.wall, steady: () => at.steady });
      let last = now();
      return steps.every(({ wall, steady }) => {
        at.wall += wall;
        at.steady += steady;
        const before = last;
        last = now();
        return last >= before && last >= Math.min(at.wall, last) && Number.isInteger(last);
      });
    }),
  );
});
