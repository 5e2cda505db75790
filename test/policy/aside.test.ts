import t from 'tap';
import { openAside } from '../../plugin/policy/aside.ts';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { compile, withoutOpa } from './rego.ts';

const rules = `default allow := false

allow if input.fine

allow if {
	input.slow
	some a in numbers.range(1, 300)
	some b in numbers.range(1, 300)
	a * b == input.slow
}

allow if {
	input.run
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b == input.run
}`;

t.test(
  'what is prompt is answered at once, what is not by a promise, and the loop turns meanwhile',
  { skip: withoutOpa },
  async (t) => {
    const { decide, decideAside } = await compile(t, rules);
    if (decideAside === undefined) throw new Error('there is one');
    const aside = decideAside;
    t.match(aside({ fine: true }), { allowed: true });
    t.match(aside({}), { allowed: false, fault: null });
    // The thread starts.
    t.match(await aside({ slow: 89_999 }), { allowed: false, fault: null }, 'far within the limit of steps, and slow');
    const began = performance.now();
    const answer = aside({ run: -1 });
    const held = performance.now() - began;
    t.ok(answer instanceof Promise);
    t.match(await answer, { allowed: false, fault: /took more than 100\d{5} steps, the limit/ });
    t.ok(held < (performance.now() - began) / 3, `${held} ms of it on the event loop`);
    t.strictSame(await answer, decide({ run: -1 }));
  },
);

t.test('a flood of them finds the line full, and the rest is answered', { skip: withoutOpa }, async (t) => {
  const { decideAside } = await compile(t, rules);
  const answers = await Promise.all(Array.from({ length: 80 }, () => decideAside?.({ slow: 90_000 })));
  const faults = answers.map((answer) => answer?.fault ?? '');
  t.equal(faults.filter((fault) => /too many evaluations of that length wait/.test(fault)).length, 16);
  t.match(decideAside?.({ fine: true }), { allowed: true });
});

t.test(
  'a thread that fails takes its evaluations with it, and the next one gets another',
  { skip: withoutOpa },
  async (t) => {
    const broken = openAside({ wasm: new Uint8Array([1]), data: '{}' });
    for (let turn = 0; turn < 2; turn++)
      await t.rejects(broken.evaluate(0, '{}'), { code: 'policy_error', message: /the thread for it failed/ });
    const source = t.testdir({ 'p.rego': `package envoy.authz\n\n${rules}\n` });
    const whole = openAside(await loadBundle({ source, path: 'envoy/authz/allow' }));
    t.equal(await whole.evaluate(0, '{"fine":true}'), '[{"result":true}]');
  },
);
