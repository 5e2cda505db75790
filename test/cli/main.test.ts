import t from 'tap';
import { run } from './run.ts';

t.test('help names every command group and exits 0', async (t) => {
  const { status, stdout } = run('--help');
  t.equal(status, 0);
  for (const group of ['serve', 'config', 'approvals', 'audit', 'sessions', 'mask', 'envoy'])
    t.match(stdout, `  ${group}`);
});

t.test('what is not a command is a usage error', async (t) => {
  for (const argv of [['nonsense'], ['serve', '--nonsense'], ['config', 'nonsense']])
    t.equal(run(...argv).status, 64, argv.join(' '));
});

t.test('a fault is one clear sentence and its status', async (t) => {
  const { status, stderr } = run('config', 'check', '/nowhere.yaml');
  t.equal(status, 78);
  t.equal(stderr, '/nowhere.yaml: cannot be read; give a readable file with -c FILE\n');
});
