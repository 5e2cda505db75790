import t from 'tap';
import { explain } from '../../../plugin/cli/policy/explain.ts';
import { openOpa } from '../../../plugin/cli/policy/opa.ts';
import { folderOf, withoutOpa } from './rego.ts';

t.test('the expression that failed is told with its place', { skip: withoutOpa }, async (t) => {
  const folder = folderOf(t, 'default allow := false\n\nallow if input.n == 2');
  const text = await explain(openOpa(undefined), folder, 'envoy/authz/allow', { n: 1 });
  t.match(text, /authz\.rego:5 +\| .*Fail input\.n = 2/);
  t.match(text, /false$/);
});

t.test('a bundle has no source to point at', async (t) => {
  const file = `${t.testdir({ 'b.tar.gz': '' })}/b.tar.gz`;
  await t.rejects(explain(openOpa(undefined), file, 'envoy/authz/allow', {}), { code: 'usage' });
});
