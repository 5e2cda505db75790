import t from 'tap';
import { withoutOpa } from '../policy/rego.ts';
import { run } from './run.ts';

const rego = `package envoy.authz

default allow := {"allowed": false, "rule": "default"}

allow := {"allowed": true, "rule": "read"} if input.attributes.request.http.method == "GET"
`;
const skip = withoutOpa;

t.test('check: exit 0 and 1, lines and JSON, no colour where there is no terminal', { skip }, async (t) => {
  const good = t.testdir({ 'a.rego': rego });
  t.match(run('policy', 'check', good), { status: 0, stdout: `${good}: nothing found\n` });
  const bad = t.testdir({ 'a.rego': `${rego}\nallow := {"alowed": true} if input.truncated_body\n` });
  const { status, stdout } = run('policy', 'check', bad);
  t.equal(status, 1);
  t.match(stdout, /^\S+a\.rego:7: "alowed" is no member/m);
  t.notMatch(stdout, '\u001b');
  const { findings } = JSON.parse(run('policy', 'check', bad, '--json').stdout);
  t.match(findings[0], { file: /a\.rego$/, line: 7, column: Number, check: 'result' });
});

t.test('without opa the exit status says that a tool is missing', async (t) => {
  const { status, stderr } = run('policy', 'check', t.testdir({ 'a.rego': rego }), '--opa', '/none');
  t.equal(status, 69);
  t.match(stderr, /install opa 1\.x/);
});

t.test('test: a threshold that is not reached fails', { skip }, async (t) => {
  const one = 'package t\n\nimport data.envoy.authz\n\ntest_default if not authz.allow.allowed with input as {}\n';
  const dir = t.testdir({ 'a.rego': rego, 'a_test.rego': one });
  t.match(run('policy', 'test', dir), { status: 0, stdout: /1 passed, 0 failed, 0 skipped, \d/ });
  t.match(run('policy', 'test', dir, '--threshold', '100'), { status: 1, stdout: /less than 100%/ });
  t.equal(run('policy', 'test', dir, '--threshold', 'all').status, 64);
});

t.test('eval and diff ask as the service would', { skip }, async (t) => {
  const dir = t.testdir({
    old: { 'a.rego': rego },
    new: { 'a.rego': rego.replace('== "GET"', '== "POST"') },
    inputs: { 'x.json': '{"attributes":{"request":{"http":{"method":"GET"}}}}' },
  });
  t.match(run('policy', 'eval', `${dir}/old`, '--sample', 'get'), { status: 0, stdout: /^get: allow\n/ });
  t.match(run('policy', 'eval', `${dir}/old`, '--sample', 'post', '--explain'), { stdout: /deny[\s\S]*Fail/ });
  t.match(run('policy', 'eval', `${dir}/old`, '--input', `${dir}/inputs`, '--json'), { stdout: /"verdict":"allow"/ });
  t.equal(run('policy', 'eval', `${dir}/old`).status, 64);
  t.equal(run('policy', 'eval', `${dir}/old`, '--sample', 'nonsense').status, 64);
  const { status, stdout } = run('policy', 'diff', `${dir}/old`, `${dir}/new`, '--inputs', `${dir}/inputs`);
  t.equal(status, 1);
  t.match(stdout, /x\.json: allow \(read\) -> deny \(default\): allowed, rule\n1 of 1 inputs differ\n$/);
  t.match(run('policy', 'diff', `${dir}/old`, `${dir}/old`), { status: 0, stdout: /^0 of \d+ inputs differ\n$/ });
});

t.test('schema, sample and capabilities print JSON', { skip }, async (t) => {
  for (const args of [['schema'], ['schema', 'result'], ['sample', 'sql'], ['capabilities']])
    t.type(JSON.parse(run('policy', ...args).stdout), 'object', args.join(' '));
  t.equal(run('policy', 'schema', 'nonsense').status, 64);
});
