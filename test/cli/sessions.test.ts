import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { sessionsCommand } from '../../plugin/cli/sessions.ts';
import { listenAdmin } from '../../plugin/console/listen.ts';
import { sessionRoutes } from '../../plugin/console/sessions.ts';
import { CountersignError } from '../../plugin/errors.ts';
import { principalOf } from '../identity/request.ts';
import { asked, context, recorderIn } from '../record/recordings.ts';

const cli = new URL('../../plugin/cli/main.ts', import.meta.url).pathname;
// A socket's path has about 100 bytes; tap's folders are longer.
const folder = mkdtempSync(join(tmpdir(), 'cs-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const socket = join(folder, 'admin.sock');
let disclosures = 0;

t.before(async () => {
  const { recorder } = recorderIn(folder);
  await recorder.request('e-1', 'full', asked, context);
  const sink = recorder.response('e-1');
  sink.head({ status: 200, headers: [{ name: 'x-note', value: Buffer.from('a\u001b[2J\nb') }] });
  sink.push(Buffer.from('Z\u00fcrich').subarray(0, 2));
  sink.push(Buffer.from('Z\u00fcrich\u001b]0;title\u0007\u202e').subarray(2));
  await sink.finish();
  const admin = await listenAdmin({
    listener: { unix: socket },
    health: () => ({ serving: true, policy: null, log: 'open' }),
    metrics: async () => '',
    metricsType: 'text/plain',
    routes: [
      sessionRoutes({
        recorder,
        readers: 'auditors',
        disclose: async () => {
          disclosures += 1;
        },
        verifyToken: async (token) => {
          if (token === 'carol' || token === 'eve')
            return principalOf({ id: token, groups: [token === 'carol' ? 'auditors' : 'sre'] });
          throw new CountersignError('token_invalid', 'the bearer token is not good');
        },
      }),
    ],
  });
  t.teardown(() => admin.close());
});

function run(args: readonly string[], token = 'carol', admin = `unix:${socket}`) {
  const env = { ...process.env, NODE_OPTIONS: '', COUNTERSIGN_TOKEN: token };
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [cli, 'sessions', ...args, '--admin', admin],
      { env, timeout: 8_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

t.test('sessions and their exchanges are listed', async (t) => {
  const list = await run(['list']);
  t.match(list, { code: 0, stdout: /^a{32} .* 1 {2}alice \(https:\/\/idp\.example\)\n$/ });
  t.match(await run(['show', context.session]), { code: 0, stdout: /^e-1 .* POST api\.example\/customers\n$/ });
  t.match(JSON.parse((await run(['list', '--json'])).stdout), [{ session: context.session }]);
  t.equal(disclosures, 0, 'without content');
});

t.test('an exchange is shown, nothing in it can move the cursor, and each reading is disclosed', async (t) => {
  const before = disclosures;
  for (const args of [
    ['show', 'e-1'],
    ['replay', 'e-1'],
    ['replay', context.session, '--speed', '1000'],
  ]) {
    const { code, stdout } = await run(args);
    t.equal(code, 0, args.join(' '));
    t.match(stdout, /Zürich<U\+001B>\]0;title<U\+0007><U\+202E>/, 'characters that were cut between pieces are whole');
    t.match(stdout, /< x-note: a<U\+001B>\[2J<U\+000A>b/);
    t.match(stdout, /> POST https:\/\/api\.example\/customers/);
    t.match(stdout, /response: \d+ bytes, sha256 [0-9a-f]{64}, verified/);
    t.notMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  }
  const json = await run(['show', 'e-1', '--json']);
  t.notMatch(json.stdout, /[^\n\x20-\x7e]/);
  t.equal(disclosures - before, 4);
});

t.test('what goes wrong says what to do', async (t) => {
  t.match(await run(['list'], 'eve'), { code: 77, stderr: /group auditors/, stdout: '' });
  t.match(await run(['list'], 'forged'), { code: 77, stderr: /bearer token/ });
  t.match(await run(['list'], ''), { code: 64, stderr: /COUNTERSIGN_TOKEN/ });
  t.match(await run(['show', 'e-9']), { stderr: /no recording/ });
  t.match(await run(['list'], 'carol', `unix:${folder}/none.sock`), { code: 69, stderr: /countersign serve/ });
  t.match(await run(['replay', 'e-1', '--speed', '0']), { code: 64, stderr: /above 0/ });
  t.equal(sessionsCommand().commands.length, 3);
});
