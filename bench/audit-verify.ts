/** A million entries verified: time, and the most memory that the verifier had. `node bench/audit-verify.ts DIR` is the verifier. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyLog } from '../plugin/verify/verify.ts';
import type { Measure } from './row.ts';

/** Entries of the log that is verified. */
export const million = 1_000_000;
const program = fileURLToPath(import.meta.url);

interface Verified {
  readonly entries: number;
  readonly findings: number;
  readonly seconds: number;
  /** MB, resident. */
  readonly peak: number;
}

/** Verifies the log in `state/audit`, in a process of its own: its memory is the verifier's. */
export function measureVerify(state: string): readonly Measure[] {
  const { stdout } = spawnSync(process.execPath, [program, join(state, 'audit')], { encoding: 'utf8' });
  const { entries, findings, seconds, peak } = JSON.parse(stdout) as Verified;
  if (findings > 0 || entries < million) throw new Error(`verified ${entries} entries with ${findings} findings`);
  return [
    { figure: 'a million entries verified', unit: 's', runs: [(seconds * million) / entries], goal: { atMost: 30 } },
    { figure: 'a million entries verified, peak memory', unit: 'MB', runs: [peak], goal: { atMost: 300 } },
  ];
}

if (import.meta.main) {
  const started = performance.now();
  const { entries, findings } = await verifyLog(process.argv[2] ?? '');
  const seconds = (performance.now() - started) / 1_000;
  const peak = process.resourceUsage().maxRSS / 1_024;
  process.stdout.write(JSON.stringify({ entries, findings: findings.length, seconds, peak } satisfies Verified));
}
