import t from 'tap';
import { killOnce } from './kills.ts';

t.test('killed between any two steps: nothing is lost, nothing admitted twice', async (t) => {
  const outcomes: string[] = [];
  for (let n = 0; n < 20; n += 1) outcomes.push(await killOnce(1 + n * 3));
  t.ok(outcomes.filter((one) => one === 'killed').length >= 10, outcomes.join());
});
