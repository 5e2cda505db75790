import t from 'tap';
import { readDecision } from '../../plugin/policy/decision.ts';
import { loadShadow } from '../../plugin/policy/policy.ts';
import { withoutOpa } from './rego.ts';

const path = 'envoy/authz/allow';
const rules = `allow := input.says if not input.run

allow if {
	input.run
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b == -1
}`;

t.test('how a decision stands to the one in force', { skip: withoutOpa }, async (t) => {
  const shadow = await loadShadow({ source: t.testdir({ 'p.rego': `package envoy.authz\n\n${rules}\n` }), path });
  t.match(shadow.digest, /^[0-9a-f]{64}$/);
  const hold = { allowed: false, hold: { approvals: [{ group: 'dba' }] } };
  for (const [decided, says, likeness] of [
    [true, true, 'same'],
    [true, { allowed: true }, 'same'],
    [{ allowed: true, labels: { a: 1, b: 2 } }, { allowed: true, labels: { b: 2, a: 1 } }, 'same'],
    [true, false, 'verdict'],
    [hold, false, 'verdict'],
    [hold, hold, 'same'],
    [{ allowed: true, mask: [] }, { allowed: true, mask: [{ key: 'a', with: 'redact' }] }, 'detail'],
    [false, { allowed: false, reason: 'another' }, 'detail'],
    [false, 'rubbish', 'fault'],
    [true, { allowed: true, unknown: 1 }, 'fault'],
  ] as const)
    t.equal(await shadow.compare({ says }, readDecision(decided)), likeness, JSON.stringify([decided, says]));
});

t.test(
  'one that runs away is a fault of its own, and one that is behind passes exchanges over',
  { skip: withoutOpa },
  async (t) => {
    const shadow = await loadShadow({ source: t.testdir({ 'p.rego': `package envoy.authz\n\n${rules}\n` }), path });
    t.equal(await shadow.compare({ run: true }, readDecision(true)), 'fault');
    const many = await Promise.all(
      Array.from({ length: 50 }, () => shadow.compare({ says: true }, readDecision(true))),
    );
    t.equal(many.filter((likeness) => likeness === 'same').length, 32);
    t.equal(many.filter((likeness) => likeness === 'dropped').length, 18);
    t.equal(await shadow.compare({ says: true }, readDecision(true)), 'same');
  },
);

t.test('a bundle that could not be in force can not be a shadow', async (t) =>
  t.rejects(loadShadow({ source: '/nonexistent', path }), { code: 'policy_missing' }),
);
