import t from 'tap';
import { openClosings } from '../../plugin/hold/bench.ts';
import { pendingHold } from './opening.ts';

t.test('a closed hold is remembered for as long as its approvals could count', async (t) => {
  let now = 0;
  const closings = openClosings(() => now);
  const [first, second] = [pendingHold(), pendingHold({}, 5_000_000)];
  closings.add(first);
  t.ok(closings.has(first.id));
  t.notOk(closings.has(second.id));
  now = first.expires + first.spec.validForMs - 1;
  closings.add(second);
  t.ok(closings.has(first.id));
  now += 1;
  closings.add(second);
  t.notOk(closings.has(first.id), 'then forgotten');
  t.ok(closings.has(second.id));
});
