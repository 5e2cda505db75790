import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { epochOf } from '../../plugin/audit/epoch.ts';

/** Epoch, whether it is to be begun, and the names of its files. */
function seen(state: string) {
  const { epoch, fresh, signer, logKey, openings } = epochOf(state);
  return [epoch, fresh, ...[signer, logKey, openings].map((file) => basename(file))];
}

const first = ['signer.pem', 'log.pem', 'openings.db'];
const second = ['signer-e2.pem', 'log-e2.pem', 'openings-e2.db'];

t.test('nothing there: the first epoch is to be begun', async (t) => {
  t.same(seen(t.testdir()), [1, true, ...first]);
});

t.test('a log that is there keeps its epoch, whatever keys lie beside it', async (t) => {
  const writer = JSON.stringify({ origin: 'e2.gate.audit.example', epoch: 2, created: 5 });
  const state = t.testdir({ audit: { 'writer.json': writer }, keys: { 'log.pem': '', 'log-e7.pem': '' } });
  t.same(seen(state), [2, false, ...second]);
});

t.test('a log that was moved away leaves its keys and its openings to nobody', async (t) => {
  const state = t.testdir({ audit: { 'writer.json': '{"origin":"e1.x","epoch":1,"created":5}' }, keys: {} });
  writeFileSync(join(state, 'keys', 'log.pem'), '');
  t.same(seen(state), [1, false, ...first]);
  renameSync(join(state, 'audit'), join(state, 'audit.old'));
  t.same(seen(state), [2, true, ...second]);
  for (const name of ['log-e10.pem', 'log-e9.pem', 'log-e99.pem.new', 'log-e0.pem', 'recordings.key'])
    writeFileSync(join(state, 'keys', name), '');
  t.equal(epochOf(state).epoch, 11, 'counted as numbers');
});

t.test('a log that lost its writer.json is not begun anew', async (t) => {
  const state = t.testdir({ keys: { 'log.pem': '' } });
  mkdirSync(join(state, 'audit', 'segments'), { recursive: true });
  t.same(seen(state), [1, false, ...first]);
  writeFileSync(join(state, 'audit', 'writer.json'), '{"epoch":"2"}');
  t.throws(() => epochOf(state), { code: 'audit_damaged', message: /writer\.json/ });
});
