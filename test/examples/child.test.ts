import { join } from 'node:path';
import t from 'tap';
import { run, startChild, until } from '../../examples/quickstart/child.ts';

const script = (text: string) => [process.execPath, '-e', text];
const forever = 'setInterval(() => {}, 1000)';

t.test('a wait ends with the last lines of the process that ended', async (t) => {
  const cwd = t.testdir();
  const child = await startChild('Teapot', script('console.error("no water"); process.exit(3)'), {
    cwd,
    log: join(cwd, 'log'),
  });
  await t.rejects(
    until('tea', () => undefined, [child]),
    /tea: Teapot ended \(exit code 3\)[\s\S]*no water/,
  );
});

t.test('a wait has a deadline, and says what the last answer was', async (t) => {
  await t.rejects(
    until('tea', () => Promise.reject(new Error('still cold')), [], 20),
    /tea: 0\.02 s have passed \(still cold\)/,
  );
  let asked = 0;
  t.equal(await until('tea', () => (++asked === 3 ? 'tea' : undefined)), 'tea');
});

t.test('stop waits for the end, kills what does not listen, and may be repeated', async (t) => {
  const cwd = t.testdir();
  const options = { cwd, log: join(cwd, 'log') };
  const polite = await startChild('Polite', script(forever), options);
  t.same(await polite.stop(), { code: null, signal: 'SIGTERM' });
  t.same(await polite.stop(), { code: null, signal: 'SIGTERM' });
  const deaf = await startChild(
    'Deaf',
    script(`process.on("SIGTERM", () => {}); console.log("up"); ${forever}`),
    options,
  );
  await until('it to be up', () => (deaf.tail().includes('up') ? true : undefined), [deaf]);
  t.same(await deaf.stop('SIGTERM', 50), { code: null, signal: 'SIGKILL' });
});

t.test('what is not there is said to be so', async (t) => {
  const cwd = t.testdir();
  await t.rejects(startChild('Ghost', ['/nowhere/ghost'], { cwd, log: join(cwd, 'log') }), /Ghost does not start/);
});

t.test('a command is run to its end and its output kept', async (t) => {
  const cwd = t.testdir();
  const told = 'process.stdout.write(process.env.WHO); console.error("e"); process.exit(7)';
  t.same(await run(script(told), { cwd, env: { WHO: 'bob' } }), {
    code: 7,
    signal: null,
    stdout: 'bob',
    stderr: 'e\n',
  });
  t.match(await run(script(forever), { cwd, deadlineMs: 100 }), { signal: 'SIGKILL' });
});
