import t from 'tap';
import { run } from './run.ts';

t.test('the schema is printed, a good file is good, a bad one is refused', async (t) => {
  const dir = t.testdir({ 'good.yaml': 'listen: unix:a.sock\n', 'bad.yaml': 'lisen: unix:a.sock\n' });
  t.match(JSON.parse(run('config', 'schema').stdout), { title: 'countersign.yaml', additionalProperties: false });
  t.match(run('config', 'check', `${dir}/good.yaml`), { status: 0, stdout: `${dir}/good.yaml: good\n` });
  t.match(run('config', 'check', `${dir}/bad.yaml`), {
    status: 78,
    stderr: /bad\.yaml:1:1: lisen: unknown key; did you mean "listen"/,
  });
});
