import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { type Ask, type Desk, type DeskParts, openDesk } from '../../plugin/hold/desk.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import type { Principal } from '../../plugin/request.ts';
import { memoryLog } from './log.ts';
import { opening, specOf } from './opening.ts';
import { agent, human } from './people-of.ts';

/** A desk on a file of its own and a log in memory; a second `open` is a restart, or another process. */
export function site(t: Test, options: Pick<DeskParts, 'cooldownMs' | 'glassPerDay' | 'notices'> = {}) {
  const file = `${t.testdir({})}/holds.db`;
  const clock = { ahead: 0 };
  const now = () => Date.now() + clock.ahead;
  const log = memoryLog(now);
  const limits = { pending: 100, pendingPerPrincipal: 100 };
  const open = async (): Promise<Desk> => {
    const store = await openSqliteStore(file);
    const emit: DeskParts['emit'] = (event) => log.emit(event);
    const desk = await openDesk({ store, emit, evidence: log.evidence, limits, now, key, ...options });
    t.teardown(() => desk.close());
    return desk;
  };
  return { file, clock, now, log, limits, open };
}

/** A request that needs one dba, and waits for a minute. */
export function ask(over: Partial<Ask> = {}): Ask {
  const { asker, ...rest } = opening();
  return {
    ...rest,
    display: rest.display ?? {},
    principal: agent(),
    httpId: randomUUID(),
    deadline: Date.now() + 60_000,
    signal: new AbortController().signal,
    ...over,
    spec: over.spec ?? specOf(),
  };
}

/** The key of every desk in these tests: another process of the same service has the same. */
export const key = Buffer.alloc(32, 7);

export const bob = human('bob');

/** The one hold that is pending, as soon as there is one. */
export async function nextPending(desk: Desk, viewer: Principal = bob) {
  for (;;) {
    const [view] = await desk.list(viewer);
    if (view !== undefined) return view;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Approves what is pending. */
export async function approvePending(desk: Desk, approver: Principal = bob) {
  const { id, digest, version } = await nextPending(desk, approver);
  return desk.approve({ id, approver, shown: { digest, version }, reason: 'fine' });
}

/** What consumes an approved hold. */
export const useOf = (asked: Ask, hold: { readonly id: string; readonly version: number }) => ({
  grantKey: asked.grantKey,
  id: hold.id,
  version: hold.version,
  httpId: asked.httpId,
  digest: asked.digest,
});
