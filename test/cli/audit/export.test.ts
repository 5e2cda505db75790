import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { judged } from '../../../plugin/cli/audit/disclose.ts';
import { copyLog, exportCommand } from '../../../plugin/cli/audit/export.ts';
import { auditRoutes } from '../../../plugin/console/audit.ts';
import { listenAdmin } from '../../../plugin/console/listen.ts';
import { findEntries } from '../../../plugin/verify/find.ts';
import { outcomeOf } from '../../../plugin/verify/summary.ts';
import { verifyLogs } from '../../../plugin/verify/verify.ts';
import { principalOf } from '../../identity/request.ts';
import { eventOf, openReal } from '../../verify/real.ts';
import { decision } from '../../verify/sample.ts';

// A socket's path has about 100 bytes; tap's folders are longer.
const state = mkdtempSync(join(tmpdir(), 'cs-'));
const dir = join(state, 'audit');
const socket = join(state, 'admin.sock');
const log = await openReal(state);
for (const number of [1, 2, 3])
  await log.append({ ...eventOf(decision(number)), committed: { query: Buffer.from(`canary-${number}`) } });
await log.erasable.erase([2]);
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
      verifyToken: async (id) => principalOf({ id, groups: ['auditors'] }),
    }),
  ],
});
process.env.COUNTERSIGN_TOKEN = 'carol';
t.teardown(async () => {
  await admin.close();
  await log.close();
  rmSync(state, { recursive: true });
});

/** Exports without a word. */
async function exported(flags: Parameters<typeof exportCommand>[0]): Promise<void> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    await exportCommand(flags);
  } finally {
    process.stdout.write = write;
  }
}

const key = readFileSync(join(dir, 'key.pub'), 'utf8');
const text = (...path: string[]) => readFileSync(join(...path), 'utf8');

t.test('a log that is being written is copied so that it verifies alone, and nothing private goes along', async (t) => {
  writeFileSync(join(dir, 'notes.txt'), 'private');
  t.teardown(() => rmSync(join(dir, 'notes.txt')));
  const output = join(t.testdir(), 'export');
  await exported({ dir, output });
  t.same(readdirSync(output).sort(), ['VERIFY.md', 'entries.ndjson', 'log']);
  t.notOk(readdirSync(join(output, 'log')).includes('notes.txt'));
  t.equal(outcomeOf((await verifyLogs([join(output, 'log')], { key: [key] })).logs), 'verified');
  t.equal(text(output, 'entries.ndjson').trim().split('\n').length, log.entries);
});

t.test('a period has its entries, and what opens them, each after its disclosure', async (t) => {
  const output = join(t.testdir(), 'export');
  const before = log.entries;
  await exported({
    dir,
    output,
    from: 0,
    to: Date.now() + 60_000,
    disclose: ['query', 'body'],
    admin: `unix:${socket}`,
  });
  const disclosure = text(output, 'disclosure.json');
  t.match(JSON.parse(disclosure), [
    { seq: 1, field: 'query' },
    { seq: 3, field: 'query' },
  ]);
  t.equal(statSync(join(output, 'disclosure.json')).mode & 0o777, 0o600);
  t.equal(log.entries - before, 2, 'what was erased is not disclosed');
  const found = await findEntries(join(output, 'log'), '3');
  t.match(judged(disclosure, found), { lines: [/canary-3 {2}\(proved/], proved: true });
  t.equal(judged(disclosure, await findEntries(join(output, 'log'), '0')).proved, false);
  const none = join(t.testdir(), 'none');
  await exported({ dir, output: none, from: 0, to: 1 });
  t.equal(text(none, 'entries.ndjson'), '');
});

t.test('an export goes into a folder of its own, and comes from a log', async (t) => {
  await t.rejects(exportCommand({ dir, output: t.testdir({ file: '' }) }), { code: 'usage', message: /not empty/ });
  t.throws(() => copyLog(state, join(t.testdir(), 'x')), { code: 'usage', message: /folder of an audit log/ });
});
