import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openAuditLog, openHoldStore, openRecordingStore, openTransport } from '../plugin/adapters.ts';
import { type Config, parseConfig } from '../plugin/config.ts';
import { verifyLog } from '../plugin/verify/verify.ts';

const configOf = (base: string): Config => parseConfig('audit: {writer: w, domain: example.com}\n', 'test', base);
const unbroken = {
  onBroken(error: Error): never {
    throw error;
  },
  onUnanchored() {},
};
const event = { kind: 'deviation', body: { state: 'opened', what: 'test', detail: '', count: 1 } } as const;
const committing = { ...event, committed: { query: Buffer.from('a=1') } };

t.test('a log is begun, closed and opened again, under keys that nobody else can read', async (t) => {
  const config = configOf(t.testdir());
  const log = await openAuditLog(config, unbroken);
  t.equal(log.origin, 'e1.w.example.com');
  const { seq } = await log.append(committing);
  t.equal(log.entries, seq + 1);
  for (const name of ['keys/signer.pem', 'keys/log.pem', 'openings.db'])
    t.equal(statSync(join(config.state, name)).mode & 0o777, 0o600, name);
  await log.close();
  await log.close();
  const again = await openAuditLog(config, unbroken);
  t.match(await again.entry(seq), { kind: 'deviation', seq });
  await again.close();
  t.same((await verifyLog(join(config.state, 'audit'))).findings, []);
});

t.test('a second process is refused, until the first one is gone, also by kill -9', async (t) => {
  const config = configOf(t.testdir());
  const source = `import { openAuditLog } from ${JSON.stringify(new URL('../plugin/adapters.ts', import.meta.url).href)};
    const log = await openAuditLog(${JSON.stringify(config)}, { onBroken(error) { throw error; }, onUnanchored() {} });
    await log.append(${JSON.stringify(event)});
    console.log('open');
    setInterval(() => {}, 1_000);`;
  const program = join(t.testdirName, 'program.mjs');
  writeFileSync(program, source);
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await t.rejects(openAuditLog(config, unbroken), { code: 'audit_locked' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const log = await openAuditLog(config, unbroken);
  t.match(await log.entry(1), { kind: 'deviation' });
  await log.close();
});

t.test('a log without its keys, with keys that others can read, or with others, stays closed', async (t) => {
  const config = configOf(t.testdir());
  await (await openAuditLog(config, unbroken)).close();
  const state = (name: string) => join(config.state, name);
  const checkpoint = readFileSync(state('audit/checkpoint'), 'utf8');
  for (const name of ['keys/signer.pem', 'keys/log.pem']) {
    const key = readFileSync(state(name));
    chmodSync(state(name), 0o640);
    await t.rejects(openAuditLog(config, unbroken), { code: 'key_invalid', message: /chmod 0600/ }, name);
    rmSync(state(name));
    await t.rejects(openAuditLog(config, unbroken), { code: 'key_invalid', message: /put the key back/ }, name);
    t.notOk(existsSync(state(name)), 'no new key is made for it');
    writeFileSync(state(name), key, { mode: 0o600 });
  }
  t.equal(readFileSync(state('audit/checkpoint'), 'utf8'), checkpoint);
  await (await openAuditLog(config, unbroken)).close();
});

t.test('a log that was moved away is another epoch: name, keys and openings are its own', async (t) => {
  const config = configOf(t.testdir());
  const first = await openAuditLog(config, unbroken);
  await first.append(committing);
  await first.close();
  const openings = readFileSync(join(config.state, 'openings.db'));
  const moved = join(config.state, 'audit.e1');
  renameSync(join(config.state, 'audit'), moved);
  const second = await openAuditLog(config, unbroken);
  t.equal(second.origin, 'e2.w.example.com');
  await second.append(committing);
  await second.close();
  t.ok(readFileSync(join(config.state, 'openings.db')).equals(openings), 'the first openings are untouched');
  const [one, two] = await Promise.all([moved, join(config.state, 'audit')].map((folder) => verifyLog(folder)));
  t.same([one?.findings, two?.findings], [[], []]);
  t.not(one?.key, two?.key);
});

t.test('the other ports are opened', async (t) => {
  const config = configOf(t.testdir());
  await (await openAuditLog(config, unbroken)).close();
  const holds = await openHoldStore(config);
  t.same(await holds.select({ by: 'pending' }), []);
  await holds.close();
  t.same(await openRecordingStore(config).list(), []);
  // A socket's path has 107 bytes at most: not below this checkout, wherever that is.
  const run = mkdtempSync(join(tmpdir(), 'adapters-'));
  t.teardown(() => rmSync(run, { recursive: true }));
  const server = await openTransport(config, () => undefined).serve(new Map(), { unix: join(run, 's') });
  await server.drain(0);
});
