import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { disclosureFor, judged } from '../../../plugin/cli/audit/disclose.ts';
import { auditRoutes } from '../../../plugin/console/audit.ts';
import { listenAdmin } from '../../../plugin/console/listen.ts';
import { CountersignError } from '../../../plugin/errors.ts';
import { findEntries } from '../../../plugin/verify/find.ts';
import { principalOf } from '../../identity/request.ts';
import { eventOf, openReal } from '../../verify/real.ts';
import { decision } from '../../verify/sample.ts';

const cli = new URL('../../../plugin/cli/main.ts', import.meta.url).pathname;
// A socket's path has about 100 bytes; tap's folders are longer.
const state = mkdtempSync(join(tmpdir(), 'cs-'));
const socket = join(state, 'admin.sock');
const folder = join(state, 'audit');
const log = await openReal(state);
const { seq } = await log.append({
  ...eventOf(decision(1)),
  committed: { query: Buffer.from('name=Z\u00fcrich\u202e'), body: Buffer.from([0xff, 0, 1]) },
});
const admin = await listenAdmin({
  listener: { unix: socket },
  health: () => ({ serving: true, policy: null, log: 'open' }),
  metrics: async () => '',
  metricsType: 'text/plain',
  routes: [
    auditRoutes({
      log,
      append: log.append,
      readers: 'auditors',
      verifyToken: async (token) => {
        if (token === 'carol' || token === 'eve')
          return principalOf({ id: token, groups: [token === 'carol' ? 'auditors' : 'sre'] });
        throw new CountersignError('token_invalid', 'the bearer token is not good');
      },
    }),
  ],
});
t.teardown(async () => {
  await admin.close();
  await log.close();
  rmSync(state, { recursive: true });
});
// What VERIFY.md speaks of is published within a second.
while (!readFileSync(join(folder, 'checkpoint'), 'utf8').includes('\n2\n'))
  await new Promise((resolve) => setTimeout(resolve, 50));

function run(args: readonly string[], token = 'carol') {
  const env = { ...process.env, NODE_OPTIONS: '', COUNTERSIGN_TOKEN: token, COUNTERSIGN_ADMIN: `unix:${socket}` };
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [cli, 'audit', ...args], { env, timeout: 8_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

t.test('a field is opened, for people and for programs, and held against its entry', async (t) => {
  const words = await run(['disclose', String(seq), '--field', 'query,body']);
  t.equal(words.code, 0, words.stderr);
  t.match(words.stdout, `${seq} query: name=Z\u00fcrich<U+202E>\n`);
  t.match(words.stdout, `${seq} body: ff0001\n`, 'bytes that are no text as hex');
  const file = join(t.testdir(), 'opened.json');
  const json = await run([
    'disclose',
    decision(1).exchange,
    '--field',
    'query',
    '--reason',
    'case 7',
    '--json',
    '-o',
    file,
  ]);
  t.match(JSON.parse(json.stdout), [{ seq, field: 'query', salt: /=$/, value: /./ }]);
  t.equal(readFileSync(file, 'utf8'), json.stdout);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(await run(['show', String(seq), '--dir', folder, '--disclosure', file]), {
    code: 0,
    stdout: /proved: the entry/,
  });
  writeFileSync(file, json.stdout.replace(/"value": "../, '"value": "AA'));
  t.match(await run(['show', String(seq), '--dir', folder, '--disclosure', file]), { code: 2, stdout: /NOT PROVED/ });
});

t.test('who may not, and what is not there, is said', async (t) => {
  t.match(await run(['disclose', String(seq), '--field', 'query'], 'eve'), {
    code: 77,
    stderr: /group auditors/,
    stdout: '',
  });
  t.match(await run(['disclose', String(seq), '--field', 'command']), { code: 1, stderr: /only to body, query/ });
  t.match(await run(['disclose', String(seq)]), { code: 64, stderr: /--field/ });
});

t.test('evidence has the opening, and its VERIFY.md checks it by hand', async (t) => {
  const out = join(t.testdir(), 'evidence');
  const made = await run(['prove', String(seq), '--dir', folder, '-o', out, '--disclose', 'query']);
  t.equal(made.code, 0, made.stderr);
  const [item] = JSON.parse(readFileSync(join(out, 'disclosure.json'), 'utf8'));
  t.same(Object.keys(item), ['field', 'salt', 'value']);
  const page = readFileSync(join(out, 'VERIFY.md'), 'utf8');
  const node = /^ {4}(node -e .*)$/m.exec(page)?.[1] ?? '';
  t.equal(execFileSync('bash', ['-c', node], { cwd: out, encoding: 'utf8' }), 'query proved\n');
  const openssl = (/^ {4}(\{ printf .*)$/m.exec(page)?.[1] ?? '')
    .replaceAll('FIELD', 'query')
    .replaceAll('VALUE', item.value)
    .replaceAll('SALT', item.salt);
  const { committed } = JSON.parse(readFileSync(join(out, 'entry.json'), 'utf8'));
  const hand = execFileSync('bash', ['-c', openssl], { encoding: 'utf8' }).trim();
  t.equal(Buffer.from(hand, 'base64').toString('base64url'), committed.find(({ k }: { k: string }) => k === 'query').c);
  writeFileSync(join(out, 'disclosure.json'), JSON.stringify([{ ...item, value: 'AAAA' }]));
  t.equal(execFileSync('bash', ['-c', node], { cwd: out, encoding: 'utf8' }), 'query NOT PROVED\n');
  t.match(await run(['prove', String(seq), '--dir', folder, '-o', out, '--disclose', 'command']), {
    code: 1,
    stderr: /command/,
  });
});

t.test('the service of another log is found out', async (t) => {
  const [found] = await findEntries(folder, String(seq));
  if (found === undefined) return t.fail('the entry is there');
  const other = { ...found, entry: { ...found.entry, committed: [{ k: 'query', c: 'x' }] } };
  process.env.COUNTERSIGN_TOKEN = 'carol';
  await t.rejects(disclosureFor({ admin: `unix:${socket}` }, other, ['query']), { code: 'audit_damaged' });
  t.equal(judged('[]', [found]).proved, false, 'nothing disclosed is nothing proved');
});
