import t from 'tap';
import { run } from './run.ts';

t.test('findings are printed and end with status 1', async (t) => {
  const dir = t.testdir({ 'envoy.yaml': 'static_resources: {}\n' });
  t.match(run('envoy', 'check', `${dir}/envoy.yaml`), { status: 1, stdout: /\[no-edge\]\n$/ });
  const { status, stdout } = run('envoy', 'check', '--json', `${dir}/envoy.yaml`);
  t.equal(status, 1);
  t.match(JSON.parse(stdout), [{ check: 'no-edge' }]);
});

t.test('a good file exits 0, one that is not there is a usage error', async (t) => {
  const good = new URL('../../examples/quickstart/envoy.yaml', import.meta.url).pathname;
  t.match(run('envoy', 'check', good), { status: 0, stdout: /nothing found/ });
  t.equal(run('envoy', 'check', '/nowhere.yaml').status, 64);
});
