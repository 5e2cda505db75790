import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { lockFolder } from '../../plugin/audit/lock.ts';

const room = new URL('../../plugin/audit/lock.ts', import.meta.url);

t.test('a folder has one writer, and a second is told what to do', async (t) => {
  const file = join(t.testdir(), 'lock');
  const release = lockFolder(file);
  t.throws(() => lockFolder(file), { code: 'audit_locked', message: /stop it, or give this one/ });
  release();
  lockFolder(file)();
});

t.test('a lock ends with its process, also by kill -9', async (t) => {
  const file = join(t.testdir(), 'lock');
  const source = `import { lockFolder } from ${JSON.stringify(room.href)};
    lockFolder(${JSON.stringify(file)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  t.throws(() => lockFolder(file), { code: 'audit_locked' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockFolder(file)();
});
