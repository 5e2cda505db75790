import t from 'tap';
import { outcomeOf } from '../../../plugin/cli/policy/outcome.ts';
import { readDecision } from '../../../plugin/policy/decision.ts';
import type { Policy } from '../../../plugin/policy/policy.ts';
import type { Json } from '../../../plugin/request.ts';

const verdict = (result: Json | undefined) => {
  const policy = { decide: () => readDecision(result) } as unknown as Policy;
  return outcomeOf(policy, {});
};

t.test('a policy says what the service would do', async (t) => {
  t.match(verdict(true), { verdict: 'allow' });
  t.match(verdict(false), { verdict: 'deny', decision: { fault: null } });
  t.match(verdict({ allowed: false, hold: { approvals: [{ group: 'dba' }] } }), { verdict: 'hold' });
  t.match(verdict(undefined), { verdict: 'deny', decision: { fault: /undefined/ } });
});

t.test('an obligation that can not be kept is a denial', async (t) => {
  const rows: readonly (readonly [Json, RegExp])[] = [
    [{ allowed: true, mask: [{ key: 'a', with: 'x' }] }, /mask\[0\]/],
    [{ allowed: false, hold: {} }, /hold/],
    [{ allowed: true, record: 'all' }, /record/],
  ];
  for (const [result, fault] of rows) t.match(verdict(result), { verdict: 'deny', decision: { fault } });
});
