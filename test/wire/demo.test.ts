import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { run, startChild, until } from '../../examples/quickstart/child.ts';

const demo = fileURLToPath(new URL('../../examples/quickstart/demo.ts', import.meta.url));

/** The demo lays its folders out in a temporary folder of the test's own, so that what it leaves there is seen. */
function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'cs-demo-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('npm run demo: every scenario as told, exit 0, nothing left', async (t) => {
  const folder = place(t);
  const env = { TMPDIR: folder };
  const { code, stdout, stderr } = await run([process.execPath, demo], { cwd: folder, env, deadlineMs: 90_000 });
  t.equal(code, 0, stderr || stdout);
  t.notMatch(stdout, /FAIL/);
  t.notMatch(stdout, /\u001b\[/, 'no colours where there is no terminal');
  for (const outcome of ['200, masked', '403 twice', 'executed once', 'refused to requester', 'held anew', 'found'])
    t.ok(stdout.slice(stdout.indexOf('In short')).includes(outcome), outcome);
  t.same(readdirSync(folder), []);
});

t.test('npm run demo -- --stay: everything stays up until Ctrl-C, then nothing is left', async (t) => {
  const folder = place(t);
  const log = join(folder, 'log');
  const child = await startChild('demo', [process.execPath, demo, '--stay'], {
    cwd: folder,
    env: { TMPDIR: folder },
    log,
  });
  t.teardown(() => child.stop());
  await until('the invitation', () => (child.tail(3).includes('Ctrl-C stops') ? true : undefined), [child], 90_000);
  t.equal(readdirSync(folder).length, 2, 'its folder and our log');
  t.same(await child.stop('SIGINT', 30_000), { code: 0, signal: null });
  t.same(readdirSync(folder), ['log']);
});
