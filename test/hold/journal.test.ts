import { spawnSync } from 'node:child_process';
import t from 'tap';
import { openJournal } from '../../plugin/hold/journal.ts';
import { openSecret } from '../../plugin/hold/secret.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import { approvePending, ask, key, site } from './desk-of.ts';
import { memoryLog } from './log.ts';
import { pendingHold } from './opening.ts';

const child = new URL('./crash-child.ts', import.meta.url).pathname;

/** Runs the child until it kills itself. */
function crash(file: string, when: string, transition: string): void {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { signal, stderr } = spawnSync(process.execPath, [child, file, when, transition], { env, encoding: 'utf8' });
  if (signal !== 'SIGKILL') throw new Error(`the child was to die by SIGKILL: ${signal} ${stderr}`);
}

t.test('killed between the transaction and its mark: the next process enters what is owed', async (t) => {
  for (const when of ['append', 'mark']) {
    for (const transition of ['opened', 'approved', 'consumed']) {
      const { file, log, open } = site(t);
      crash(file, when, transition);
      const desk = await open();
      const expected = transition === 'approved' ? ['approved', 'revoked'] : [transition];
      t.same(log.transitions(), expected, `${transition}, killed before its ${when}`);
      t.match(log.entries[0], { recovered: true });
      t.equal(await open().then(() => log.entries.length), expected.length, 'once');

      const again = ask({ httpId: 'stream-2', deadline: 0 });
      const found = await desk.present(again);
      t.equal(found.state, 'pending');
      if (transition === 'consumed') t.equal(found.hold.version, 1, 'used: it is held anew');
      else t.match(await approvePending(desk), { state: 'approved' }, 'the hold is still there, and can be approved');
    }
  }
});

t.test('a full or contested store is an error of the domain, and leaves no entry', async (t) => {
  const log = memoryLog(Date.now);
  const store = await openSqliteStore(`${t.testdir({})}/holds.db`);
  t.teardown(() => store.close());
  const quiet = { committed: () => {}, entered: () => {}, notices: () => [] };
  const parts = { store, emit: log.emit, secret: openSecret(key), ...quiet };
  const journal = openJournal({ ...parts, limits: { pending: 1, pendingPerPrincipal: 1 } });
  await journal.step('opened', null, pendingHold());
  await t.rejects(journal.step('opened', null, pendingHold({ digest: 'd2'.repeat(32) })), { code: 'hold_limit' });
  const roomy = openJournal({ ...parts, limits: { pending: 9, pendingPerPrincipal: 9 } });
  await t.rejects(roomy.step('opened', null, pendingHold()), { code: 'hold_state' });
  t.same(log.transitions(), ['opened']);
});
