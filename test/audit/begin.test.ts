import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { begin } from '../../plugin/audit/begin.ts';
import { fileSigner } from '../../plugin/audit/file-signer.ts';
import { privateKey } from '../../plugin/audit/keyfile.ts';
import { openLog } from '../../plugin/audit/log.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { faulty, parts } from './parts.ts';

t.test('a new log has its public files before its first entry, and keeps them', async (t) => {
  const state = t.testdir();
  const chain = await begin(parts(state, { now: () => 5 }));
  t.match(chain, { origin: 'e1.gate.audit.example', epoch: 1, nextSeq: 0 });
  const writer = readFileSync(join(state, 'audit', 'writer.json'), 'utf8');
  t.match(JSON.parse(writer), { created: 5, epoch: 1 });
  await begin(parts(state, { now: () => 6 }));
  t.equal(readFileSync(join(state, 'audit', 'writer.json'), 'utf8'), writer);
});

t.test('writer.json is written last, so that a beginning that was cut short begins again', async (t) => {
  for (const file of [/^key\.pub$/, /^trusted_root/, /^vkey$/, /^writer\.bundle/, /^writer\.json$/]) {
    const state = t.testdir();
    rmSync(join(state, 'audit'), { recursive: true, force: true });
    const store = faulty(state);
    store.arm('replace', file, 'before');
    await t.rejects(begin(parts(state, { store })), { code: 'EIO' });
    t.match(await begin(parts(state)), { nextSeq: 0 }, String(file));
  }
});

t.test('entries without the writer.json that names their keys are refused, and it is not made anew', async (t) => {
  const state = t.testdir();
  await (await openLog(parts(state))).close();
  for (const gone of ['writer.json', 'checkpoint']) {
    rmSync(join(state, 'audit', gone));
    const before = readdirSync(join(state, 'audit'));
    await t.rejects(openLog(parts(state)), { code: 'audit_damaged', message: /writer\.json/ });
    t.same(readdirSync(join(state, 'audit')), before, `${gone}: nothing is changed`);
  }
});

t.test('public files that a folder lacks are made again, and the log verifies', async (t) => {
  const state = t.testdir();
  await (await openLog(parts(state))).close();
  const files = ['key.pub', 'trusted_root.json', 'vkey', 'writer.bundle.json'];
  for (const file of files) rmSync(join(state, 'audit', file));
  await (await openLog(parts(state))).close();
  t.same((await verifyLog(join(state, 'audit'))).findings, []);
});

t.test('no entry is older than its log', async (t) => {
  const state = t.testdir();
  await begin(parts(state, { now: () => 9_000 }));
  await (await openLog(parts(state, { now: () => 4_000 }))).close();
  t.same((await verifyLog(join(state, 'audit'))).findings, []);
});

t.test('the folder of another log, or other keys, are refused and nothing is changed', async (t) => {
  const state = t.testdir();
  await (await openLog(parts(state))).close();
  const before = readFileSync(join(state, 'audit', 'writer.json'), 'utf8');
  await t.rejects(openLog(parts(state, { name: 'other.audit.example' })), {
    code: 'audit_damaged',
    message: /set audit\.writer and audit\.domain back/,
  });
  const signer = fileSigner(join(state, 'other.pem'), true);
  await t.rejects(openLog(parts(state, { signer })), { code: 'key_invalid', message: /put them back/ });
  const logKey = privateKey(join(state, 'other-log.pem'), 'ed25519', true);
  await t.rejects(openLog(parts(state, { logKey })), { code: 'key_invalid' });
  t.equal(readFileSync(join(state, 'audit', 'writer.json'), 'utf8'), before);
});
