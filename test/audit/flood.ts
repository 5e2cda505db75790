/**
 * A flood of anonymous denials on a small disk: allows go on. `npm run flood` (root mounts a disk of 48 MB; anyone else
 * floods a plain folder) denies a million requests, then allows until the disk is full.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitDenials } from '../../plugin/audit/denials.ts';
import { watchDisk } from '../../plugin/audit/disk.ts';
import type { DecisionFacts } from '../../plugin/audit/event.ts';
import { openLog } from '../../plugin/audit/log.ts';
import { codeOf } from '../../plugin/errors.ts';
import { openLedger } from '../../plugin/ledger.ts';
import { searchEntries } from '../../plugin/verify/search.ts';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { exchange } from '../verify/sample.ts';
import { partsWithOpenings } from './parts.ts';

const factsOf = (number: number, source: string): DecisionFacts =>
  ({
    exchange: exchange(number),
    request: {
      ...{ id: '1', method: 'POST', scheme: 'https', authority: 'api.example.com', path: `/a?${'q'.repeat(200)}` },
      ...{ protocol: 'HTTP/1.1', headers: [], body: null, extensions: {}, jwt: null, peer: '', source, check: {} },
    },
    principal: null,
    ...{ commands: [], commandText: null, rule: 'countersign/identity_missing', reason: 'no token', bundle: '' },
    ...{ policyDigest: null, release: 'skip', planDigest: null, hold: null, labels: {} },
  }) as unknown as DecisionFacts;

/** What a flood left. */
export interface Flood {
  /** Denials that have an entry of their own, and those that a counted entry speaks for. */
  readonly entered: number;
  readonly counted: number;
  readonly allowed: number;
  /** Allows that were refused, and codes of what was given as the reason. */
  readonly refused: number;
  readonly findings: readonly string[];
}

/** Denies so many requests of strangers, from a thousand addresses, with an allow after each thousand of them. */
export async function flood(state: string, denials: number, reserve: number): Promise<Flood> {
  mkdirSync(state, { recursive: true });
  const log = await openLog(await partsWithOpenings(state));
  const disk = watchDisk(state, reserve);
  await disk.look();
  const watch = { unlogged: () => {}, log: { error: () => {}, warn: () => {} }, failed: () => {} } as never;
  const ledger = limitDenials(openLedger(log, watch), Date.now, () => disk.scarce);
  let [allowed, refused] = [0, 0];
  for (let at = 0; at < denials; at += 1_000) {
    const wave = Array.from({ length: Math.min(1_000, denials - at) }, (_, one) =>
      ledger.denied(factsOf(at + one, `10.${at % 7}.${one % 4}.${Math.floor(one / 4)}:${at % 60_000}`), 'deny'),
    );
    const going = ledger.allowed(factsOf(at, '10.9.9.9:1')).then(
      () => (allowed += 1),
      () => (refused += 1),
    );
    await Promise.all([...wave, going]);
    await disk.look();
  }
  await ledger.close();
  disk.close();
  await log.close();
  const audit = join(state, 'audit');
  let [entered, counted] = [0, 0];
  for (const { entry } of searchEntries(audit, {})) {
    if (entry.kind === 'decision' && entry.verdict === 'deny') entered += 1;
    if (entry.kind === 'deviation' && entry.what === 'denials beyond the rate') counted += Number(entry.count);
  }
  const { findings } = await verifyLog(audit);
  return { entered, counted, allowed, refused, findings: findings.map(({ code, where }) => `${code} at ${where}`) };
}

/** Allows until the disk takes no more: how many were acknowledged, and with what code the first was refused. */
export async function fillUp(
  state: string,
  most: number,
): Promise<{ readonly allowed: number; readonly code: string }> {
  const told: string[] = [];
  const log = await openLog(await partsWithOpenings(state, { onBroken: ({ code }) => told.push(code) }));
  let allowed = 0;
  let code = '';
  while (code === '' && allowed < most)
    await Promise.all(
      Array.from({ length: 64 }, () =>
        log
          .append({ kind: 'deviation', body: { state: 'opened', what: 'test', detail: 'x'.repeat(8_000), count: 0 } })
          .then(
            () => (allowed += 1),
            (error: unknown) => (code = codeOf(error)),
          ),
      ),
    );
  await log.close();
  return { allowed, code: told[0] ?? code };
}

/** A disk of `size` MB where we may mount one; else the folder itself. Gives what unmounts it. */
export function smallDisk(folder: string, size: number): (() => void) | null {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder]);
  return status === 0 ? () => void spawnSync('umount', [folder]) : null;
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'flood-'));
  const unmount = smallDisk(folder, 48);
  console.log(unmount === null ? 'no disk could be mounted: a plain folder' : 'a disk of 48 MB');
  const started = performance.now();
  const denials = Number(process.argv[2] ?? 1_000_000);
  const { entered, counted, allowed, refused, findings } = await flood(
    join(folder, 'state'),
    denials,
    24 * 1024 * 1024,
  );
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`${denials} denials in ${seconds} s: ${entered} entered, ${counted} counted`);
  console.log(`${allowed} allows acknowledged, ${refused} refused, ${findings.length} findings`);
  let good = entered + counted === denials && refused === 0 && findings.length === 0;
  if (unmount !== null) {
    const full = await fillUp(join(folder, 'state'), 1_000_000);
    console.log(`then ${full.allowed} more entries until the disk was full: ${full.code}`);
    const left = await verifyLog(join(folder, 'state', 'audit'));
    console.log(`${left.findings.length} findings, ${left.torn} bytes of a record that was not acknowledged`);
    good &&= full.code === 'audit_broken' && left.findings.length === 0;
    unmount();
  }
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = good ? 0 : 1;
}
