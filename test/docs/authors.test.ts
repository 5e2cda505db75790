/** The ten minutes of docs/policy-authors.md: what the page prints is saved, checked, tested and asked as it says. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { run } from '../cli/run.ts';
import { withoutOpa } from '../policy/rego.ts';

const page = readFileSync(new URL('../../docs/policy-authors.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```rego\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);

t.test('from nothing to a tested policy', { skip: withoutOpa }, async (t) => {
  const [policy = '', tests = ''] = blocks;
  const dir = t.testdir({ 'authz.rego': policy, 'authz_test.rego': tests });
  t.match(run('policy', 'check', dir), { status: 0, stdout: `${dir}: nothing found\n` });
  t.match(run('policy', 'test', dir), { status: 0, stdout: /^3 passed, 0 failed/m });
  t.match(run('policy', 'eval', dir, '--sample', 'get'), { status: 0, stdout: /^get: allow\n/ });
  t.match(run('policy', 'build', dir, '-o', `${dir}/bundle.tar.gz`), { status: 0, stdout: /digest [0-9a-f]{64}/ });
});

t.test('the other samples of Rego on the page compile as rules', { skip: withoutOpa }, async (t) => {
  const rules = blocks.slice(2).filter((block) => /^(default |response|over_budget)/m.test(block));
  t.ok(rules.length >= 2);
  for (const [i, block] of rules.entries()) {
    const dir = t.testdir({ 'a.rego': `package envoy.authz\n\ndefault allow := false\n\n${block}` });
    t.match(run('policy', 'check', dir), { status: 0 }, `sample ${i}`);
  }
});
