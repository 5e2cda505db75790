/** Kills a process that writes a log, again and again, and looks for what was lost. `node test/audit/kills.ts 500` */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLog } from '../../plugin/audit/log.ts';
import { openOpenings } from '../../plugin/audit/openings.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { parts } from './parts.ts';

const program = fileURLToPath(new URL('./appender.ts', import.meta.url));

/** Milliseconds after the first acknowledgement within which a writer is killed. */
const spell = 60;
/** One round in so many the writer is killed while it starts, within so many milliseconds. */
const early = { oneIn: 5, within: 500 };

/** What a number of kills left. */
export interface Kills {
  /** Entries that were acknowledged before a kill. */
  readonly acknowledged: number;
  /** What is wrong, in words: nothing should be. */
  readonly faults: readonly string[];
}

/** Starts a writer on the log in `state` and kills it, `rounds` times; then opens the log and holds it to its word. */
export async function killWriters(state: string, rounds: number, said = (_round: number): void => {}): Promise<Kills> {
  const acknowledged = new Map<number, string>();
  const faults: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { ended, receipts } = await killOne(state, round % early.oneIn === early.oneIn - 1);
    if (ended !== 'SIGKILL') faults.push(`round ${round}: the writer ended by itself, ${ended}`);
    for (const [seq, digest] of receipts) acknowledged.set(seq, digest);
    said(round);
  }
  return { acknowledged: acknowledged.size, faults: [...faults, ...(await missing(state, acknowledged))] };
}

async function killOne(state: string, atStart: boolean) {
  const child = spawn(process.execPath, [program, state], { stdio: ['ignore', 'pipe', 'inherit'] });
  const killWithin = (ms: number) => setTimeout(() => child.kill('SIGKILL'), Math.random() * ms);
  if (atStart) killWithin(early.within);
  else child.stdout.once('data', () => killWithin(spell));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [status, signal] = await once(child, 'close');
  // A line that was cut short is no acknowledgement.
  const lines = text.split('\n').slice(0, -1);
  return { ended: signal ?? `status ${status}`, receipts: lines.map((line) => receiptOf(line)) };
}

function receiptOf(line: string): [seq: number, digest: string] {
  const [seq, digest = ''] = line.split(' ');
  return [Number(seq), digest];
}

async function missing(state: string, acknowledged: ReadonlyMap<number, string>): Promise<string[]> {
  const faults: string[] = [];
  const openings = await openOpenings(join(state, 'openings.db'));
  const log = await openLog(parts(state, { openings }));
  for (const [seq, digest] of acknowledged) {
    const bytes = JSON.stringify(await log.entry(seq));
    if (createHash('sha256').update(bytes).digest('hex') !== digest) faults.push(`entry ${seq} is another`);
    if ((await openings.get(seq)) === null) faults.push(`entry ${seq} has no opening`);
  }
  await log.close();
  const { findings } = await verifyLog(join(state, 'audit'));
  return [...faults, ...findings.map(({ code, where, message }) => `${code} at ${where}: ${message}`)];
}

if (import.meta.main) {
  const state = mkdtempSync(join(tmpdir(), 'kills-'));
  const rounds = Number(process.argv[2] ?? 100);
  const { acknowledged, faults } = await killWriters(state, rounds, (round) => {
    if (round % 50 === 49) console.log(`${round + 1} of ${rounds} writers killed`);
  });
  for (const fault of faults) console.error(fault);
  console.log(`${rounds} writers killed, ${acknowledged} entries acknowledged, ${faults.length} faults`);
  if (faults.length === 0) rmSync(state, { recursive: true });
  else console.error(`the log is kept in ${state}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
