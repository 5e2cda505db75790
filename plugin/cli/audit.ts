import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { proveEntry } from '../audit/prove.ts';
import { entrySchema } from '../audit/schema.ts';
import { CountersignError } from '../errors.ts';
import { type Found, findEntries } from '../verify/find.ts';
import type { Progress } from '../verify/replay.ts';
import { type Outcome, outcomeOf, summary } from '../verify/summary.ts';
import { type VerifyOptions, verifyLogs } from '../verify/verify.ts';

/** Exit statuses of `audit verify`. An unanchored tail exists only where something is anchored. */
const exits: Readonly<Record<Outcome, number>> = { verified: 0, finding: 2, unknown: 3, tail: 4 };

/** `countersign audit verify|show|prove|schema`. All of them only read. */
export function auditCommand(): Command {
  const command = new Command('audit').description('the signed log: check it, read it, prove one entry of it');
  command
    .command('verify')
    .description(
      'check every byte of logs: exit 0 verified, 2 a finding, 3 signer unknown, 4 the newest batches lack an anchor',
    )
    .argument('<dir...>', 'folders of logs; exchanges are followed across them')
    .option(
      '--key <pem|fingerprint>',
      'whose log it must be: a PEM file, or sha256:HEX of the SPKI; may be repeated',
      also,
    )
    .option('--since <checkpoint>', 'a checkpoint that you kept: finds a rollback and a fork')
    .option('--json', 'print the reports as JSON')
    .action(verify);
  command
    .command('show')
    .description('print the entries of an exchange, of a hold, or one entry (shown, not verified)')
    .argument('<id|seq>', 'exchange id, hold id, or sequence number')
    .option('--dir <dir>', 'folder of the log', '.')
    .option('--json', 'print the entries as they were signed, one a line')
    .action(show);
  command
    .command('prove')
    .description('write evidence that stock cosign verifies: entry, bundle, keys and the commands')
    .argument('<id|seq>', 'exchange id, hold id, or sequence number')
    .requiredOption('--dir <dir>', 'folder of the log')
    .requiredOption('-o, --output <dir>', 'folder to write; several entries get one folder each')
    .action(prove);
  command
    .command('schema')
    .description('print the JSON Schema of an entry')
    .action(() => {
      process.stdout.write(`${JSON.stringify(z.toJSONSchema(entrySchema), null, 2)}\n`);
    });
  return command;
}

interface VerifyFlags {
  readonly key?: readonly string[];
  readonly since?: string;
  readonly json?: true;
}

async function verify(folders: readonly string[], flags: VerifyFlags): Promise<void> {
  const options: VerifyOptions = {
    ...(flags.key === undefined ? {} : { key: flags.key.map(keyOf) }),
    ...(flags.since === undefined ? {} : { since: textOf(flags.since) }),
  };
  const progress = process.stderr.isTTY ? showProgress : () => {};
  const { logs, exchanges } = await verifyLogs(folders, options, progress);
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const outcome = outcomeOf(logs);
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ outcome, logs, exchanges }, null, 2)}\n`
      : `${colored(summary(logs, exchanges), outcome).join('\n')}\n`,
  );
  process.exitCode = exits[outcome];
}

/** An option that may be repeated. */
function also(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function keyOf(flag: string): string {
  return flag.startsWith('sha256:') ? flag : textOf(flag);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CountersignError('usage', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
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

async function show(id: string, flags: { readonly dir: string; readonly json?: true }): Promise<void> {
  const found = await entriesOf(flags.dir, id);
  for (const entry of found) process.stdout.write(flags.json ? `${entry.text}\n` : `${readable(entry).join('\n')}\n`);
}

async function entriesOf(folder: string, id: string): Promise<readonly Found[]> {
  const found = await findEntries(folder, id);
  if (found.length === 0)
    throw new CountersignError(
      'audit_unknown',
      `no entry of ${folder} has the exchange, hold or sequence number ${id}: see the folder of the process that answered`,
    );
  return found;
}

async function prove(id: string, flags: { readonly dir: string; readonly output: string }): Promise<void> {
  const found = await entriesOf(flags.dir, id);
  for (const { seq } of found) {
    const files = await proveEntry(flags.dir, seq);
    const folder = found.length === 1 ? flags.output : join(flags.output, `${seq}`);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    process.stdout.write(`${folder}: entry ${seq}\n`);
  }
}

/** An entry for people: a heading, then a member a line. */
function readable({ seq, entry }: Found): string[] {
  const { kind, time, seq: _, _type, origin, epoch, ...members } = entry;
  const at = typeof time === 'number' ? new Date(time).toISOString() : '';
  return [
    pc.bold(`${seq} ${at} ${kind}`),
    ...Object.entries(members).map(([name, value]) => `  ${name}: ${visible(value)}`),
  ];
}

/** Text of callers, with control and direction characters made visible: a terminal must not act on it. */
function visible(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
