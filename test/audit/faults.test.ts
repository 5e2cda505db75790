/** Each step that the log has the disk do fails once, before its effect and after it: nothing acknowledged is lost. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Disk, directoryStore } from '../../plugin/audit/directory.ts';
import type { Opening } from '../../plugin/audit/entry.ts';
import { type Log, openLog } from '../../plugin/audit/log.ts';
import type { Openings } from '../../plugin/audit/openings.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { event, type Fault, parts } from './parts.ts';

/** Lets the step of that number fail, and counts them. */
function failing(number: number, fault: Fault) {
  const seen: string[] = [];
  let failed = -1;
  async function step<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    seen.push(name);
    if (seen.length - 1 !== number) return run();
    failed = seen.length;
    if (fault === 'after') await run();
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  }
  const disk: Disk = (name, file, run) => step(`${name} ${file.replace(/^.*\/audit\//, '')}`, run);
  return { step, disk, seen, late: () => (failed < 0 ? [] : seen.slice(failed)) };
}

/** A database in memory that outlives the process that opened it. Its commits are steps too. */
function openingsOf(kept: Map<number, Opening>, { step }: Pick<ReturnType<typeof failing>, 'step'>): Openings {
  return {
    put: (openings) =>
      step('commit openings', async () => {
        for (const one of openings) kept.set(one.seq, one);
      }),
    get: async (seq) => kept.get(seq) ?? null,
    kept: async () => [...kept.keys()],
    erase: async () => {},
    truncate: (seq) =>
      step('cut openings', async () => {
        for (const one of kept.keys()) if (one >= seq) kept.delete(one);
      }),
    close: async () => {},
  };
}

/** A state folder, its database of openings, and what was acknowledged in it: number and digest. */
interface State {
  readonly folder: string;
  readonly openings: Map<number, Opening>;
  readonly acknowledged: Map<number, string>;
}

/** Two waves of entries. Whoever was refused was told why. */
async function load(t: Test, log: Log, { acknowledged }: State): Promise<void> {
  let broken = false;
  for (let wave = 0; wave < 2; wave += 1) {
    const asked = Array.from({ length: 2 }, (_, at) =>
      log.append({ ...event(wave * 2 + at), committed: { query: Buffer.from(`${wave}/${at}`) } }),
    );
    for (const one of await Promise.allSettled(asked)) {
      if (one.status === 'fulfilled') {
        t.notOk(broken, 'nothing is acknowledged after a failure');
        acknowledged.set(one.value.seq, one.value.digest);
      } else {
        broken = true;
        t.match(one.reason, { code: 'audit_broken' });
      }
    }
  }
}

/** One life of the log, from opening to closing, whatever happens on the way. Gives how often the operator was told. */
async function live(t: Test, state: State, faults: ReturnType<typeof failing>) {
  let told = 0;
  const store = directoryStore(join(state.folder, 'audit'), faults.disk);
  const openings = openingsOf(state.openings, faults);
  try {
    const log = await openLog(parts(state.folder, { store, openings, onBroken: () => (told += 1) }));
    await load(t, log, state);
    await log.close();
    return { opened: true, told };
  } catch {
    return { opened: false, told };
  }
}

/** The log opens again by the ordinary way, and keeps its word. */
async function holds(t: Test, state: State, what: string): Promise<void> {
  const openings = openingsOf(state.openings, failing(-1, 'before'));
  const log = await openLog(parts(state.folder, { openings }));
  for (const [seq, digest] of state.acknowledged) {
    const bytes = JSON.stringify(await log.entry(seq));
    t.equal(createHash('sha256').update(bytes).digest('hex'), digest, `${what}: entry ${seq}`);
    t.not(await openings.get(seq), null, `${what}: opening of ${seq}`);
  }
  t.match(await log.append(event(99)), { origin: log.origin });
  await log.close();
  t.same((await verifyLog(join(state.folder, 'audit'))).findings, [], `${what}: verified`);
}

/** The last batch is there in part, as a kill leaves it. */
function tear({ folder: state }: State): void {
  const folder = join(state, 'audit', 'segments');
  appendFileSync(join(folder, readdirSync(folder).sort().at(-1) ?? ''), Buffer.from([0, 0, 4, 0, 1, 2]));
}

const lives: readonly [string, (t: Test, state: State) => Promise<void>][] = [
  ['a new log', async () => {}],
  [
    'a log that is opened after a kill',
    async (t, state) => {
      await live(t, state, failing(-1, 'before'));
      tear(state);
    },
  ],
];

for (const [what, before] of lives)
  for (const fault of ['before', 'after'] as const)
    t.test(`${what}: each step fails once, ${fault} its effect`, async (t) => {
      const root = t.testdir();
      const kinds = new Set<string>();
      for (let number = 0; ; number += 1) {
        const state = { folder: join(root, `${number}`), openings: new Map(), acknowledged: new Map() };
        mkdirSync(state.folder);
        await before(t, state);
        const faults = failing(number, fault);
        const { opened, told } = await live(t, state, faults);
        const name = `${faults.seen[number]}, step ${number}`;
        const done = number >= faults.seen.length;
        if (opened && !done) t.equal(told, 1, `${name}: the operator is told once`);
        const segments = faults.late().filter((step) => /^(write|datasync|open|truncate) segments/.test(step));
        t.same(segments, [], `${name}: no segment is written after the failure`);
        await holds(t, state, name);
        if (done) break;
        kinds.add(faults.seen[number]?.split(' ')[0] ?? '');
      }
      const wanted = ['commit', 'cut', 'datasync', 'mkdir', 'open', 'rename', 'sync', 'write'];
      for (const kind of before === lives[0]?.[1] ? wanted : ['truncate']) t.ok(kinds.has(kind), `${kind} was tried`);
    });
