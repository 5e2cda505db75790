import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { buildBundle } from '../../plugin/policy/compile.ts';
import { withoutOpa } from './rego.ts';

const path = 'envoy/authz/allow';
const rego = 'package envoy.authz\n\nallow if input.ok\n';

t.test('without opa the remedy is told', async (t) => {
  const source = t.testdir({ 'a.rego': rego });
  await t.rejects(buildBundle({ source, path, opa: '/nonexistent/opa' }, new Map()), {
    code: 'tool_missing',
    message: /\$OPA or policy\.opa/,
  });
});

t.test("opa's own words are passed on", { skip: withoutOpa }, async (t) => {
  const source = t.testdir({ 'a.rego': 'package envoy.authz\n\nallow if nonsense(1)\n' });
  await t.rejects(loadBundle({ source, path }), {
    code: 'policy_invalid',
    message: /a\.rego:3: rego_type_error: undefined function nonsense/,
  });
});

t.test('a rule that is nowhere is refused by name', { skip: withoutOpa }, async (t) => {
  await t.rejects(loadBundle({ source: t.testdir({ 'a.rego': rego }), path: 'envoy/authz/alow' }), {
    code: 'policy_invalid',
    message: /alow/,
  });
});

t.test('the same sources give the same digest wherever they are, tests left out', { skip: withoutOpa }, async (t) => {
  const folder = t.testdir({
    a: { 'a.rego': rego },
    b: { 'a.rego': rego, 'a_test.rego': 'package envoy.authz_test\n\ntest_a if true\n' },
    c: { 'a.rego': `${rego}\nallow if input.other\n` },
  });
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => loadBundle({ source: join(folder, name), path })));
  t.equal(a?.digest, b?.digest);
  t.not(a?.digest, c?.digest);
});
