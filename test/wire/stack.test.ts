import t from 'tap';
import { startStack } from './fixture/stack.ts';

t.test('the stack masks what its upstream serves, and shows what reached it', async (t) => {
  const stack = await startStack(t, {
    respond: ({ path }, response) => {
      if (path !== '/customers/7') return false;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ssn":"078-05-1120","note":"kept"}');
      return true;
    },
  });
  const { status, body, complete } = await stack.request({
    path: '/customers/7',
    headers: { 'accept-encoding': 'gzip', 'x-mine': '1' },
  });
  t.match({ status, complete }, { status: 200, complete: true });
  t.equal(body.toString(), '{"ssn":"***-**-1120","note":"kept"}');
  const names = stack.arrivals[0]?.rawHeaders.filter((_, at) => at % 2 === 0) ?? [];
  t.ok(names.includes('x-mine'));
  t.notOk(names.includes('authorization'), 'the token ends at Envoy');
  t.notOk(names.includes('accept-encoding'));
  t.equal((await stack.request({ path: '/customers' }, null)).status, 403, 'nobody is refused');
  t.equal(stack.arrivals.length, 1);
});

t.test('parts are killed and started again under the same addresses', async (t) => {
  const stack = await startStack(t);
  const port = stack.port();
  await stack.killPlugin();
  // Envoy asks again, at growing intervals, for most of a minute: what comes while Countersign restarts is answered.
  const meanwhile = stack.request({ path: '/customers' });
  await stack.startPlugin();
  t.equal((await meanwhile).status, 200);
  await stack.envoy().stop();
  await stack.startEnvoy();
  t.equal(stack.port(), port);
  t.equal((await stack.request({ path: '/customers' })).status, 200);
});

t.test('both configurations can be changed for a test', async (t) => {
  const stack = await startStack(t, {
    envoyPatch: (config) => config.setIn(['static_resources', 'clusters', 2, 'connect_timeout'], '3s'),
    configPatch: (config) => config.deleteIn(['policy', 'source']),
    serving: false,
  });
  t.match((await stack.admin('envoy', '/config_dump')).body.toString(), /"connect_timeout": "3s"/);
  t.equal((await stack.admin('plugin', '/healthz')).status, 503);
  const { status, headers } = await stack.request({ path: '/customers' });
  t.match({ status, type: headers['content-type'] }, { status: 503, type: 'application/problem+json' });
});
