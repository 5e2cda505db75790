import type { Command } from 'commander';
import pc from 'picocolors';
import type { Progress } from '../../verify/replay.ts';
import { type Outcome, outcomeOf, summary } from '../../verify/summary.ts';
import { type VerifyOptions, verifyLogs } from '../../verify/verify.ts';
import { areEvidence, judgeEvidence } from './evidence.ts';
import { print, textOf } from './output.ts';
import { type ReportFlags, reportCommand } from './report.ts';

/** Exit statuses of `audit verify` and `audit report`. An unanchored tail exists only where something is anchored. */
export const exits: Readonly<Record<Outcome, number>> = { verified: 0, finding: 2, unknown: 3, tail: 4 };

interface VerifyFlags {
  readonly key?: readonly string[];
  readonly since?: string;
  readonly tsaRoot?: string;
  readonly witness?: readonly string[];
  readonly json?: true;
}

/** What a reader brings to a verification: nothing that lies beside a log says whose it is. */
export function trustOptions(command: Command): Command {
  return command
    .option(
      '--key <pem|fingerprint>',
      'whose log it must be: a PEM file, or sha256:HEX of the SPKI; may be repeated',
      also,
    )
    .option('--since <checkpoint>', 'a checkpoint that you kept: finds a rollback and a fork')
    .option('--tsa-root <pem>', 'certificates of time-stamping authorities: their stamps must cover the log')
    .option('--witness <vkey>', 'verifier key of a witness, which must have cosigned; may be repeated', also);
}

/** `countersign audit verify`. */
export async function verifyCommand(folders: readonly string[], flags: VerifyFlags): Promise<void> {
  if (areEvidence(folders)) {
    const { outcome, reports, lines } = judgeEvidence(folders, optionsOf(flags));
    print(flags.json ? [JSON.stringify({ outcome, evidence: reports }, null, 2)] : colored(lines, outcome));
    process.exitCode = exits[outcome];
    return;
  }
  const progress = process.stderr.isTTY ? showProgress : () => {};
  const { logs, exchanges } = await verifyLogs(folders, optionsOf(flags), progress);
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const outcome = outcomeOf(logs);
  print(
    flags.json ? [JSON.stringify({ outcome, logs, exchanges }, null, 2)] : colored(summary(logs, exchanges), outcome),
  );
  process.exitCode = exits[outcome];
}

/** `countersign audit report`: exits as `verify` does. */
export async function reportWithVerification(flags: Omit<ReportFlags, 'verify'> & VerifyFlags): Promise<void> {
  process.exitCode = exits[await reportCommand({ ...flags, verify: optionsOf(flags) })];
}

function optionsOf({ key, since, tsaRoot, witness }: VerifyFlags): VerifyOptions {
  return {
    ...(key === undefined ? {} : { key: key.map(keyOf) }),
    ...(since === undefined ? {} : { since: textOf(since) }),
    ...(tsaRoot === undefined ? {} : { tsaRoots: textOf(tsaRoot) }),
    ...(witness === undefined ? {} : { witnesses: witness }),
  };
}

/** An option that may be repeated. */
function also(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function keyOf(flag: string): string {
  return flag.startsWith('sha256:') ? flag : textOf(flag);
}

function showProgress({ folder, read, bytes, entries }: Progress): void {
  const done = bytes === 0 ? 1 : read / bytes;
  const bar = '='.repeat(Math.round(done * 30)).padEnd(30, ' ');
  process.stderr.write(`\r\u001b[K${folder} [${bar}] ${Math.floor(done * 100)}% ${entries} entries`);
}

/** The verdict in its colour; picocolors leaves it plain where there is no terminal. */
function colored(lines: readonly string[], outcome: Outcome): string[] {
  const paint = { verified: pc.green, finding: pc.red, unknown: pc.yellow, tail: pc.yellow }[outcome];
  return lines.map((line, index) => (index === lines.length - 1 ? paint(line) : line));
}
