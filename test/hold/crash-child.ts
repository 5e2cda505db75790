/** A process that dies with SIGKILL while a transition is between its commit and its entry, or its entry and its mark. */
import { openDesk } from '../../plugin/hold/desk.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import type { HoldStore } from '../../plugin/hold/store.ts';
import { approvePending, ask, key, useOf } from './desk-of.ts';
import { memoryLog } from './log.ts';

const [file = '', when = 'append', transition = 'approved'] = process.argv.slice(2);
const log = memoryLog(Date.now);
const store = await openSqliteStore(file);
let last = '';
const dying: HoldStore = {
  ...store,
  async mark(hold, version, receipt, notices) {
    if (when === 'mark' && last === transition) process.kill(process.pid, 'SIGKILL');
    await store.mark(hold, version, receipt, notices);
  },
};
log.before = async (event) => {
  last = event.kind === 'hold' ? event.body.transition : '';
  if (when === 'append' && last === transition) process.kill(process.pid, 'SIGKILL');
};
const desk = await openDesk({
  store: dying,
  emit: log.emit,
  evidence: log.evidence,
  limits: { pending: 9, pendingPerPrincipal: 9 },
  key,
});
const asked = ask({ httpId: 'stream-1' });
const waiting = desk.present(asked);
await approvePending(desk);
await desk.consume(useOf(asked, (await waiting).hold));
