import t from 'tap';
import { openSteps } from '../../plugin/hold/bench.ts';
import { approve, consume, expire } from '../../plugin/hold/hold.ts';
import type { HoldRecord } from '../../plugin/hold/record.ts';
import { pendingHold, specOf } from './opening.ts';
import { human } from './people-of.ts';

const of = (next: { readonly hold: HoldRecord } | object): HoldRecord => {
  if ('hold' in next) return next.hold;
  throw new Error('refused');
};
const yes = (hold: HoldRecord) =>
  of(approve(hold, { by: human('bob'), shown: { digest: hold.digest, version: 1 }, reason: null }, 1));

t.test('a row that was set back is told from one that went on', async (t) => {
  const steps = openSteps(() => 0);
  const pending = pendingHold();
  const approved = yes(pending);
  t.equal(steps.fault(approved), null, 'never seen');
  steps.add(approved);
  t.equal(steps.fault(approved), null);
  t.match(steps.fault(pending), /set back/);
  steps.add(of(expire(approved, 9_999_999)));
  t.match(steps.fault(approved), /closed before/);
  t.match(steps.fault({ ...approved, version: 99 }), /closed before/, 'whatever its version');
});

t.test('a grant does not forget its uses', async (t) => {
  const steps = openSteps(() => 0);
  const grant = { for: '15m', uses: 5 };
  const use = { version: 0, digest: 'd1'.repeat(32), httpId: 's', grantKey: 'aa' };
  const once = of(consume(yes(pendingHold({ spec: specOf({ grant }), grantKey: 'aa' })), use, 2));
  const twice = of(consume(once, use, 3));
  steps.add(twice);
  t.equal(steps.fault(twice), null);
  t.equal(steps.fault(of(consume(twice, use, 4))), null, 'another process went on');
  t.match(steps.fault({ ...twice, version: 9, used: 1 }), /forgotten uses/);
});

t.test('what can not admit anybody any longer is forgotten', async (t) => {
  let now = 0;
  const steps = openSteps(() => now);
  const first = yes(pendingHold());
  steps.add(first);
  now = 10 * 86_400_000;
  for (let n = 0; n < 1_000; n += 1) steps.add(pendingHold({ exchange: String(n) }, now));
  t.equal(steps.fault(pendingHold({}, now)), null);
  t.equal(steps.fault({ ...first, version: 1 }), null);
});
