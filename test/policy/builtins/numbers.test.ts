import t from 'tap';
import { agreesWithOpa, compile, withoutOpa } from '../rego.ts';

t.test('ranges agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(t, [
    'numbers.range_step(0, 10, 3)',
    'numbers.range_step(10, 0, 3)',
    'numbers.range_step(5, 5, 1)',
    'numbers.range_step(1, 2, 0)',
    'numbers.range_step(1, 2, -1)',
    'numbers.range_step(-7, 7, 7)',
    'numbers.range_step(9007199254740992, 9007199254740996, 2)',
    'rand.intn("a", 0)',
    'rand.intn("a", 1)',
    'rand.intn("a", 1000000) == rand.intn("a", 1000000)',
    'rand.intn("a", -9) < 9',
  ]);
});

t.test('a range too long is cut off before it is made', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow if count(numbers.range_step(0, input.to, 1)) > 0');
  t.match(policy.decide({ to: 9_000_000_000_000 }), { allowed: false, fault: /steps, the limit/ });
  t.equal(policy.decide({ to: 9 }).allowed, true);
});

t.test('evaluations draw anew', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow := {"allowed": true, "labels": {"n": rand.intn("a", 1000000000)}}');
  t.not(JSON.stringify(policy.decide({}).labels), JSON.stringify(policy.decide({}).labels));
});
