import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { approvalRoutes } from '../../plugin/console/approvals.ts';
import { listenAdmin } from '../../plugin/console/listen.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { ask, site } from '../hold/desk-of.ts';
import { human } from '../hold/people-of.ts';

const cli = new URL('../../plugin/cli/main.ts', import.meta.url).pathname;
const people = { bob: human('bob'), alice: human('alice'), erin: human('erin', ['auditors']) };

/** An admin listener with a desk behind it, and the command line in front. */
async function service(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { open } = site(t);
  const desk = await open();
  const verifyToken = async (bearer: string) => {
    const found = Object.entries(people).find(([name]) => name === bearer);
    if (found === undefined) throw new CountersignError('token_invalid', 'the bearer token has expired');
    return found[1];
  };
  const admin = await listenAdmin({
    listener: { unix: join(folder, 'admin.sock') },
    health: () => ({ serving: true, policy: null, log: 'open' }),
    metrics: async () => '',
    metricsType: 'text/plain',
    routes: [approvalRoutes({ desk, verifyToken })],
  });
  t.teardown(() => admin.close());
  const env = { COUNTERSIGN_ADMIN: `unix:${admin.address}` };
  const run = (who: string | null, ...argv: string[]) =>
    runCli(folder, { ...env, ...(who === null ? {} : { COUNTERSIGN_TOKEN: who }) }, argv);
  return { folder, desk, run, env };
}

function runCli(cwd: string, env: Readonly<Record<string, string>>, argv: readonly string[]) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const inherited = { PATH: process.env.PATH };
    const child = spawn(process.execPath, [cli, 'approvals', ...argv], { cwd, env: { ...inherited, ...env } });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text.stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...text }));
  });
}

t.test('list, show, approve: shown whole, decided as shown', async (t) => {
  const { desk, run, folder } = await service(t);
  t.match(await run('bob', 'list'), { status: 0, stdout: 'nothing waits\n' });
  const { hold } = await desk.present(
    ask({
      deadline: 0,
      display: { method: 'POST', path: '/sql', body: 'DELETE\u001b[8m FROM t\u202e;\ndigest: forged' },
    }),
  );
  const list = await run('bob', 'list', '--json');
  t.match(JSON.parse(list.stdout), [{ id: hold.id, state: 'pending' }]);
  t.notMatch(list.stdout, /[^\n -~]/, 'JSON in plain ASCII');
  t.match((await run('bob', 'list')).stdout, `${hold.id}  reporting-agent  ends in 30 min  POST /sql`);

  const { stdout } = await run('bob', 'show', hold.id);
  t.match(stdout, 'DELETE<U+001B>[8m FROM t<U+202E>;\n  | digest: forged');
  t.notMatch(stdout, /[\u001b\u202e]/);
  t.match(stdout, 'needs:       1 of dba');

  writeFileSync(join(folder, 'token'), 'bob\n');
  const approved = await run(null, 'approve', hold.id, '--reason', 'fine', '--token-file', 'token');
  t.match(approved, { status: 0, stdout: `approved: ${hold.id}`, stderr: '' });
  t.match(approved.stdout, 'DELETE', 'it shows what it approves');
  t.match(await run('bob', 'approve', hold.id), { status: 1, stderr: /there is nothing to decide/ });
});

t.test('what is refused, and how it ends', async (t) => {
  const { desk, run, env, folder } = await service(t);
  const { hold } = await desk.present(ask({ deadline: 0 }));
  const nobody = { ...env, COUNTERSIGN_TOKEN: 'bob', COUNTERSIGN_ADMIN: `unix:${folder}/none.sock` };
  for (const [name, ran, status, stderr] of [
    ['the owner', run('alice', 'approve', hold.id), 1, /side that asks/],
    ['of no group', run('erin', 'approve', hold.id), 77, /neither asked/],
    ['a token that is not good', run('mallory', 'list'), 77, /has expired/],
    ['no token', run(null, 'list'), 64, /COUNTERSIGN_TOKEN/],
    ['a token as an argument', run(null, 'list', '--token', 'bob'), 64, /unknown option/],
    ['a rejection without reason', run('bob', 'reject', hold.id), 64, /--reason/],
    ['nobody there', runCli(folder, nobody, ['list']), 69, /nobody answers/],
    ['a reason and a rejection', run('bob', 'reject', hold.id, '--reason', 'no'), 0, /^$/],
  ] as const)
    t.match(await ran, { status, stderr }, name);
});
