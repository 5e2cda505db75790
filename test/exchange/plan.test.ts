import t from 'tap';
import { planOf } from '../../plugin/exchange/plan.ts';
import { parsePlan, planDigest } from '../../plugin/mask/plan.ts';

const plan = [{ path: '$.ssn', with: 'redact' }];
const digest = planDigest(parsePlan(plan));

t.test('a plan is compiled once per digest', async (t) => {
  t.equal(planOf(plan, digest), planOf(JSON.parse(JSON.stringify(plan)), digest));
  t.equal(planOf([], planDigest([])).empty, true);
});

t.test('a plan that is not the one that was decided is refused', async (t) => {
  t.throws(() => planOf([], 'f'.repeat(64)), { code: 'release_unknown' });
  t.throws(() => planOf([{ path: '$.x', with: 'nonsense' }], 'e'.repeat(64)), { code: 'policy_result' });
});
