import t from 'tap';
import { differenceLine, differences } from '../../../plugin/cli/policy/diff.ts';
import { readDecision } from '../../../plugin/policy/decision.ts';
import type { Policy } from '../../../plugin/policy/policy.ts';
import type { Json, JsonObject } from '../../../plugin/request.ts';

const policy = (decide: (input: JsonObject) => Json | undefined) =>
  ({ decide: (input: Json) => readDecision(decide(input as JsonObject)) }) as unknown as Policy;

t.test('only inputs that are answered differently are told, with the members', async (t) => {
  const before = policy(() => ({ allowed: true, rule: 'a' }));
  const after = policy(({ n }) => (n === 1 ? { allowed: true, rule: 'a' } : { allowed: false, rule: 'b', body: 'no' }));
  const found = differences(before, after, [
    { name: 'one', input: { n: 1 } },
    { name: 'two', input: { n: 2 } },
  ]);
  t.match(found, [{ input: 'two', members: ['allowed', 'rule', 'body'] }]);
  const [only] = found;
  const line = only === undefined ? '' : differenceLine(only);
  t.match(line, /two:.* allow \(a\) -> deny \(b\): allowed, rule, body$/);
});
