import t from 'tap';
import { openOpa } from '../../../plugin/cli/policy/opa.ts';
import { runTests } from '../../../plugin/cli/policy/tests.ts';
import { withoutOpa } from './rego.ts';

const rego = 'package a\n\np if input.x == 1\n\nq if {\n\tinput.y\n}\n';
const test = (name: string, body: string) => `package a_test\n\nimport data.a\n\n${name} if ${body}\n`;

t.test('tests that pass tell what they cover', { skip: withoutOpa }, async (t) => {
  const dir = t.testdir({ 'a.rego': rego, 'a_test.rego': test('test_p', 'a.p with input as {"x": 1}') });
  const run = await runTests(openOpa(undefined), [dir]);
  t.match(run, { passed: 1, failed: [], skipped: 0 });
  t.ok(run.coverage !== null && run.coverage > 0 && run.coverage < 100, `${run.coverage}`);
  t.match(run.uncovered, [/a\.rego:[56]/]);
});

t.test('a test that fails is named with its place', { skip: withoutOpa }, async (t) => {
  const dir = t.testdir({ 'a.rego': rego, 'a_test.rego': test('test_q', 'a.q with input as {}') });
  t.match(await runTests(openOpa(undefined), [dir]), {
    failed: [{ file: `${dir}/a_test.rego`, line: 5, name: 'data.a_test.test_q', what: 'failed' }],
    coverage: null,
  });
});

t.test('no tests, and none that compile', { skip: withoutOpa }, async (t) => {
  const opa = openOpa(undefined);
  await t.rejects(runTests(opa, [t.testdir({ 'a.rego': rego })]), { code: 'policy_invalid', message: /no test/ });
  await t.rejects(runTests(opa, [t.testdir({ 'a.rego': 'package a\n\np if' })]), { code: 'policy_invalid' });
});
