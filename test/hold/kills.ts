/**
 * `npm run hold-kills -- COUNT`: a process that takes holds through all their steps is killed (SIGKILL) at a random
 * commit, append or mark; the next one on the same files must find every hold, and no approval may be used twice.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CountersignError } from '../../plugin/errors.ts';
import { type Desk, openDesk } from '../../plugin/hold/desk.ts';
import { openSqliteStore } from '../../plugin/hold/sqlite.ts';
import type { HoldStore, Receipt } from '../../plugin/hold/store.ts';
import { ask, bob, key } from './desk-of.ts';
import { specOf } from './opening.ts';

type Line = { readonly seq: number; readonly time: number; readonly kind: string } & Readonly<Record<string, unknown>>;

/** A log in a file, one line an entry: what was appended outlives the process. */
function fileLog(file: string, before: () => void) {
  const lines = (): Line[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Line)
      : [];
  let next = lines().length;
  return {
    lines,
    async emit({ kind, body, ...rest }: { readonly kind: string; readonly body: object }): Promise<Receipt> {
      before();
      const seq = next++;
      const { committed: _, ...common } = rest as { readonly committed?: unknown };
      appendFileSync(
        file,
        `${JSON.stringify({ kind, origin: 'e1.kills', seq, time: Date.now(), ...common, ...body })}\n`,
      );
      before();
      return { origin: 'e1.kills', seq, digest: '' };
    },
    async evidence(seq: number): Promise<unknown> {
      const line = lines()[seq];
      if (line === undefined) throw new CountersignError('audit_unknown', 'none');
      return line;
    },
  };
}

async function deskAt(folder: string, before: () => void): Promise<Desk> {
  const log = fileLog(join(folder, 'log'), before);
  const store = await openSqliteStore(join(folder, 'holds.db'));
  const watched: HoldStore = {
    ...store,
    async commit(change) {
      before();
      const committed = await store.commit(change);
      before();
      return committed;
    },
    async mark(...values) {
      before();
      await store.mark(...values);
      before();
    },
  };
  const limits = { pending: 99, pendingPerPrincipal: 99 };
  return openDesk({ store: watched, emit: log.emit, evidence: log.evidence, limits, key });
}

/** Requests of one round: one that is approved once, one under a grant, one that is rejected. */
const digests = ['d1', 'd2', 'd3'].map((two) => two.repeat(32));
const grant = { spec: specOf({ grant: { for: '15m', uses: 2 } }), grantKey: 'aa'.repeat(32) };

/** Takes each request as far as it goes; the stream of a request is the same in every process, as Envoy's retry is. */
async function work(desk: Desk, admitted: (name: string) => void): Promise<void> {
  for (const [at, digest] of digests.entries()) {
    const asked = ask({ digest, httpId: `s${at}`, deadline: 0, ...(at === 1 ? grant : {}) });
    let outcome = await desk.present(asked);
    for (let tries = 0; outcome.state === 'pending' && tries < 4; tries += 1) {
      const view = await desk.show(outcome.hold.id, bob);
      const decided = { id: view.id, approver: bob, shown: view, reason: 'because' };
      await (at === 2 ? desk.reject(decided) : desk.approve(decided));
      outcome = await desk.present(asked);
    }
    if (!['approved', 'granted', 'admitted'].includes(outcome.state)) continue;
    const { id, version } = outcome.hold;
    await desk.consume({ id, version, digest, httpId: asked.httpId, grantKey: asked.grantKey });
    admitted(`${id} ${asked.httpId}`);
  }
}

async function child(folder: string, killAt: number): Promise<void> {
  let step = 0;
  const desk = await deskAt(folder, () => {
    step += 1;
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
  });
  await work(desk, (name) => appendFileSync(join(folder, 'admitted'), `${name}\n`));
  await desk.close();
}

/** One kill, and a process after it. @throws Error naming what was lost or admitted twice */
export async function killOnce(killAt: number): Promise<'killed' | 'finished'> {
  const folder = mkdtempSync(join(tmpdir(), 'hold-kills-'));
  try {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const args = [import.meta.filename, '--child', folder, String(killAt)];
    const { signal, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    if (signal === null && stderr !== '') throw new Error(stderr);
    const desk = await deskAt(folder, () => {});
    await work(desk, (name) => appendFileSync(join(folder, 'admitted'), `${name}\n`));
    await desk.close();
    judge(folder);
    return signal === null ? 'finished' : 'killed';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every request has one hold that went through, each use stands in the log once, and nobody was admitted without one. */
function judge(folder: string): void {
  const log = fileLog(join(folder, 'log'), () => {}).lines();
  const uses = log.filter(({ transition }) => transition === 'consumed' || transition === 'granted');
  const distinct = new Set(uses.map(({ hold, version }) => `${hold} ${version}`));
  const used = new Set(uses.map(({ hold, stream }) => `${hold} ${stream}`));
  if (used.size !== distinct.size) throw new Error('an approval was used twice by one stream');
  if (new Set(uses.map(({ stream }) => stream)).size !== used.size) throw new Error('a stream went on by two holds');
  const admitted = new Set(readFileSync(join(folder, 'admitted'), 'utf8').trim().split('\n'));
  for (const one of admitted) if (!used.has(one)) throw new Error(`${one} was admitted without an entry`);
  const streams = new Set([...admitted].map((one) => one.split(' ')[1]));
  if (streams.size !== 2) throw new Error('a request was lost');
  const rejected = log.filter(({ transition }) => transition === 'rejected');
  if (rejected.length === 0) throw new Error('the rejection was lost');
}

/** Steps that `work` takes at most: a kill behind them all kills nobody. */
export const steps = 60;

if (process.argv[2] === '--child') await child(process.argv[3] ?? '', Number(process.argv[4]));
else if (import.meta.main) {
  const count = Number(process.argv[2] ?? 1_000);
  let killed = 0;
  for (let n = 0; n < count; n += 1)
    if ((await killOnce(1 + Math.floor(Math.random() * steps))) === 'killed') killed += 1;
  process.stdout.write(`${count} runs, ${killed} killed: nothing lost, nothing admitted twice\n`);
}
