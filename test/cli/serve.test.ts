import t from 'tap';
import { configOf } from '../../plugin/cli/serve.ts';

t.test('the command line overrides the file', async (t) => {
  const dir = t.testdir({ 'c.yaml': 'listen: unix:a.sock\npolicy: {source: rego, path: a/b}\nstate: data\n' });
  const config = configOf({
    config: `${dir}/c.yaml`,
    listen: '127.0.0.1:9191',
    policy: '/policies',
    insecureLoopback: true,
  });
  t.match(config, {
    listen: '127.0.0.1:9191',
    policy: { source: '/policies', path: 'a/b' },
    state: `${dir}/data`,
    insecure_loopback: true,
  });
  t.match(configOf({ config: `${dir}/c.yaml` }), {
    listen: `unix:${dir}/a.sock`,
    policy: { source: `${dir}/rego` },
    insecure_loopback: false,
  });
});

t.test('a wrong flag is refused as a wrong setting is', async (t) => {
  t.throws(() => configOf({ listen: 'nowhere' }), { code: 'config_invalid', message: /command line:1:1: listen/ });
  t.throws(() => configOf({ config: '/nowhere.yaml' }), { code: 'config_invalid' });
});
