/** The log: entries that are durable a second, and what one costs beside the hash that it can't do without. */
import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryStore } from '../plugin/audit/directory.ts';
import { type EntryEvent, seal } from '../plugin/audit/entry.ts';
import { fileSigner } from '../plugin/audit/file-signer.ts';
import { privateKey } from '../plugin/audit/keyfile.ts';
import { type Log, openLog } from '../plugin/audit/log.ts';
import { openOpenings } from '../plugin/audit/openings.ts';
import { decisionEvent, responseEvent } from '../plugin/ledger.ts';
import { measureVerify, million } from './audit-verify.ts';
import { makeFolder } from './folder.ts';
import type { Measure } from './row.ts';

const rounds = 3;
const runMs = 1_200;
/** Entries appended at once, each of which waits for its receipt before the next are: what makes one batch. */
const concurrencies = [1, 8, 64, 256] as const;
const digest = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';

function decision(): EntryEvent {
  return decisionEvent(
    {
      exchange: randomUUIDv7(),
      request: {
        ...{ id: '1', method: 'GET', scheme: 'https', authority: 'crm.example.com', path: '/customers/17' },
        ...{ protocol: 'HTTP/1.1', headers: [], body: null, extensions: {}, jwt: null, peer: '', source: '' },
        check: {},
      },
      principal: {
        ...{ id: 'reporting-agent', issuer: 'https://idp.example.com', kind: 'agent', groups: ['agents'], actors: [] },
        ...{ method: 'jwt', person: null, owner: 'alice@example.com', expires: null, claims: {} },
      },
      ...{ commands: [], commandText: null, rule: 'customers/read', reason: 'the caller may read this' },
      ...{ bundle: digest, policyDigest: digest, release: 'full', planDigest: digest, hold: null, labels: {} },
    },
    'allow',
  );
}

function response({ exchange, origin, seq }: Decided): EntryEvent {
  return responseEvent({
    ...{ exchange, status: 200, length: 2_048, digest: randomBytes(32), outcome: 'complete' },
    masks: [{ rule: 'pii/ssn', field: 'ssn', count: 12 }],
    ...{ recording: null, decision: { origin, seq }, policyDigest: digest, planDigest: digest, detail: null },
  });
}

/** An exchange whose decision is in the log. */
interface Decided {
  readonly exchange: string;
  readonly origin: string;
  readonly seq: number;
}

/**
 * Appends so many decisions at once, and their responses at once the next time: a decision commits to nothing here, a
 * response to its content. So many entries are one batch. Gives nothing before all are durable.
 */
function exchanges(log: Log, count: number): () => Promise<void> {
  let decided: readonly Decided[] = [];
  return async () => {
    if (decided.length > 0) {
      const responses = decided.map(response);
      decided = [];
      await Promise.all(responses.map((event) => log.append(event)));
      return;
    }
    const decisions = Array.from({ length: count }, decision);
    const receipts = await Promise.all(decisions.map((event) => log.append(event)));
    decided = receipts.map(({ origin, seq }, at) => ({ origin, seq, exchange: decisions[at]?.exchange ?? '' }));
  };
}

async function open(folder: string): Promise<Log> {
  await mkdir(join(folder, 'audit'));
  return openLog({
    store: directoryStore(join(folder, 'audit')),
    signer: fileSigner(join(folder, 'signer.pem'), true),
    logKey: privateKey(join(folder, 'log.pem'), 'ed25519', true),
    openings: await openOpenings(join(folder, 'openings.db')),
    name: 'bench.countersign.internal',
  });
}

interface Run {
  readonly perSecond: number;
  /** Microseconds of processor time, all threads, per entry. */
  readonly cpu: number;
  /** Milliseconds from an append to its receipt: of half, and of 99 in 100. */
  readonly p50: number;
  readonly p99: number;
}

async function fill(log: Log, concurrency: number): Promise<Run> {
  const started = performance.now();
  const before = process.cpuUsage();
  const waits: number[] = [];
  const appendAll = exchanges(log, concurrency);
  for (let now = started; now - started < runMs; ) {
    await appendAll();
    const done = performance.now();
    for (let at = 0; at < concurrency; at += 1) waits.push(done - now);
    now = done;
  }
  const { user, system } = process.cpuUsage(before);
  const entries = waits.length;
  waits.sort((one, other) => one - other);
  return {
    perSecond: (entries / (performance.now() - started)) * 1_000,
    cpu: (user + system) / entries,
    p50: waits[Math.floor(entries * 0.5)] ?? 0,
    p99: waits[Math.floor(entries * 0.99)] ?? 0,
  };
}

/** Appends of 4 KB, each synced: what the disk gives to anyone who waits for it. */
function syncsPerSecond(folder: string): number {
  const file = openSync(join(folder, 'syncs'), 'a');
  const block = randomBytes(4_096);
  const started = performance.now();
  let count = 0;
  for (; performance.now() - started < 300; count += 1) {
    writeSync(file, block);
    fdatasyncSync(file);
  }
  return (count / (performance.now() - started)) * 1_000;
}

function hashTime(): number {
  const { bytes } = seal(decision(), { origin: 'e1.bench', epoch: 1, seq: 1, time: Date.now() });
  const count = 50_000;
  const before = process.cpuUsage();
  for (let i = 0; i < count; i += 1) createHash('sha256').update(bytes).digest();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Appends decisions and their responses in turn, so many at once, which are one batch. */
export async function benchAudit(say: (line: string) => void): Promise<readonly Measure[]> {
  const { folder, remove } = makeFolder();
  try {
    const log = await open(folder);
    for (const concurrency of concurrencies) await fill(log, concurrency);
    const runs = new Map<number, Run[]>(concurrencies.map((concurrency) => [concurrency, []]));
    const syncs: number[] = [];
    const hashes: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      syncs.push(syncsPerSecond(folder));
      hashes.push(hashTime());
      for (const [concurrency, done] of runs) done.push(await fill(log, concurrency));
      say(`run ${round} of ${rounds}`);
    }
    say('a log of a million entries, to verify');
    const appendAll = exchanges(log, 256);
    while (log.entries < million) await appendAll();
    await log.close();
    return [...measures(runs, syncs, hashes), ...measureVerify(folder)];
  } finally {
    remove();
  }
}

const bareSync = '4 KB append and fdatasync, one after the other';
const bareHash = 'one SHA-256 of an entry, CPU';

function measures(
  runs: ReadonlyMap<number, readonly Run[]>,
  syncs: readonly number[],
  hashes: readonly number[],
): Measure[] {
  const perSecond = [...runs].map(([concurrency, done]) => ({
    figure: `entries durable, ${concurrency} at once`,
    unit: '/s',
    runs: done.map((run) => run.perSecond),
    peer: bareSync,
    ...(concurrency === 256 ? { goal: { atLeast: 20_000 } } : {}),
  }));
  const waits = (['p50', 'p99'] as const).map((which) => ({
    figure: `an append to its receipt, 256 at once, ${which}`,
    unit: 'ms',
    runs: (runs.get(256) ?? []).map((run) => run[which]),
    ...(which === 'p99' ? { goal: { atMost: 10 } } : {}),
  }));
  const cpu = [...runs].map(([concurrency, done]) => ({
    figure: `an entry, ${concurrency} at once, CPU of all threads`,
    unit: 'us',
    runs: done.map((run) => run.cpu),
    peer: bareHash,
  }));
  return [
    { figure: bareSync, unit: '/s', runs: syncs },
    ...perSecond,
    ...waits,
    { figure: bareHash, unit: 'us', runs: hashes },
    ...cpu,
  ];
}
