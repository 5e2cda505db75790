/** Holds: many pending at once, how fast they open, and how long from a person's yes to the answer of the request. */
import { createHash, randomUUID, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { type Ask, type Desk, openDesk } from '../plugin/hold/desk.ts';
import { parseHold } from '../plugin/hold/spec.ts';
import { openSqliteStore } from '../plugin/hold/sqlite.ts';
import type { Principal } from '../plugin/request.ts';
import { makeFolder } from './folder.ts';
import type { Measure } from './row.ts';

const pending = 10_000;
const rounds = 3;
const verdicts = 200;
const spec = parseHold({ approvals: [{ group: 'dba' }], reason: 'a DELETE', wait: '10m' });

function principal(id: string, groups: readonly string[], kind: Principal['kind']): Principal {
  const fixed = { issuer: 'https://idp.example.com', actors: [], method: 'jwt', owner: null, expires: null } as const;
  return { ...fixed, id, kind, groups, person: kind === 'human' ? `${id}@example.com` : null, claims: {} };
}

const bob = principal('bob', ['dba'], 'human');

function ask(n: number): Ask {
  return {
    exchange: randomUUIDv7(),
    httpId: randomUUID(),
    digest: createHash('sha256').update(String(n)).digest('hex'),
    principal: principal(`agent-${n % 1_000}`, ['agents'], 'agent'),
    spec,
    policyDigest: 'ef'.repeat(32),
    rule: 'sql/delete',
    display: { method: 'POST', path: '/sql', body: `DELETE FROM t WHERE id = ${n}`, headers: [['accept', '*/*']] },
    justification: null,
    shape: '5a'.repeat(32),
    grantKey: null,
    deadline: Date.now() + 600_000,
    signal: new AbortController().signal,
  };
}

/** A desk on a store of its own, and a log that costs nothing: what is measured is the desk and its store. */
async function openAt(file: string): Promise<Desk> {
  const entries: unknown[] = [];
  return openDesk({
    store: await openSqliteStore(file),
    async emit({ kind, body }) {
      entries.push({ kind, origin: 'e1.bench', seq: entries.length, time: Date.now(), ...body });
      return { origin: 'e1.bench', seq: entries.length - 1, digest: '' };
    },
    evidence: async (seq) => entries[seq],
    limits: { pending: 2 * pending, pendingPerPrincipal: pending },
    key: Buffer.alloc(32, 1),
  });
}

/** Holds that are open, and who waits for them. */
async function fill(desk: Desk): Promise<{ readonly perSecond: number; readonly waiting: Promise<unknown>[] }> {
  const started = performance.now();
  const opened = new Promise<void>((resolve) => {
    let count = 0;
    desk.onStep(() => {
      count += 1;
      if (count === pending) resolve();
    });
  });
  const waiting = Array.from({ length: pending }, (_, n) => desk.present(ask(n)));
  await opened;
  return { perSecond: (pending / (performance.now() - started)) * 1_000, waiting };
}

/** Milliseconds from the verdict's arrival to the answer that the request may have, one after the other: the 99th of 100. */
async function decideSome(desk: Desk, waiting: readonly Promise<unknown>[]): Promise<number> {
  // Holds are listed in the order in which they were opened, which is that of those who wait.
  const views = (await desk.list(bob)).slice(0, verdicts);
  const times: number[] = [];
  for (const [at, { id, digest, version }] of views.entries()) {
    const started = performance.now();
    await desk.approve({ id, approver: bob, shown: { digest, version }, reason: null });
    await waiting[at];
    const httpId = randomUUID();
    await desk.consume({ id, version: version + 1, digest, httpId, grantKey: null });
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

/** Opens 10,000 holds that wait in line, decides on some, and looks at the memory. */
export async function benchHolds(say: (line: string) => void): Promise<readonly Measure[]> {
  const [speeds, memories, waits]: [number[], number[], number[]] = [[], [], []];
  for (let round = 1; round <= rounds; round += 1) {
    const { folder, remove } = makeFolder();
    const before = process.memoryUsage().rss;
    const desk = await openAt(join(folder, 'holds.db'));
    try {
      const { perSecond, waiting } = await fill(desk);
      speeds.push(perSecond);
      memories.push((process.memoryUsage().rss - before) / 1_048_576);
      waits.push(await decideSome(desk, waiting));
      desk.drain();
      await Promise.all(waiting);
    } finally {
      await desk.close();
      remove();
    }
    say(`run ${round} of ${rounds}`);
  }
  return [
    { figure: 'holds opened, durable, all at once', unit: '/s', runs: speeds, goal: { atLeast: 1_000 } },
    { figure: 'memory of 10,000 that wait in line', unit: 'MB', runs: memories, goal: { atMost: 200 } },
    { figure: 'a yes to the answer, 10,000 pending, p99', unit: 'ms', runs: waits, goal: { atMost: 50 } },
  ];
}
