import t from 'tap';
import { planOf, travelledPlan } from '../../plugin/exchange/plan.ts';

const mask = [{ path: '$.ssn', with: 'redact' }];

t.test('a plan is compiled once for the text it was written in', async (t) => {
  const planned = planOf(mask);
  t.equal(planOf(JSON.parse(JSON.stringify(mask))), planned);
  t.equal(travelledPlan(planned.plan, planned.digest), planned.compiled);
  t.equal(planOf(undefined).compiled.empty, true);
});

t.test('a plan that is not the one that was decided is refused', async (t) => {
  t.throws(() => travelledPlan([], 'f'.repeat(64)), { code: 'release_unknown' });
  t.throws(() => travelledPlan([{ path: '$.x', with: 'nonsense' }], 'e'.repeat(64)), { code: 'policy_result' });
});
