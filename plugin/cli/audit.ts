import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { proveEntry } from '../audit/prove.ts';
import { entrySchema } from '../audit/schema.ts';
import { CountersignError } from '../errors.ts';
import { readErasures } from '../verify/erasures.ts';
import { type Found, findEntries } from '../verify/find.ts';
import type { Progress } from '../verify/replay.ts';
import { type Outcome, outcomeOf, summary } from '../verify/summary.ts';
import { type VerifyOptions, verifyLogs } from '../verify/verify.ts';
import { type AskOptions, askOptions } from './ask.ts';
import { committedOf, discloseCommand, disclosureFor, judged } from './audit/disclose.ts';
import { eraseCommand } from './audit/erase.ts';
import { areEvidence, judgeEvidence } from './audit/evidence.ts';
import { exportCommand } from './audit/export.ts';
import { linesOf, searchCommand, tailCommand } from './audit/read.ts';
import { readable, visible } from './audit/readable.ts';
import { type ReportFlags, reportCommand } from './audit/report.ts';
import { timeOf } from './audit/time.ts';

/** Exit statuses of `audit verify`. An unanchored tail exists only where something is anchored. */
const exits: Readonly<Record<Outcome, number>> = { verified: 0, finding: 2, unknown: 3, tail: 4 };

/** `countersign audit ...`. They only read, or ask the running service, which alone writes. */
export function auditCommand(): Command {
  const command = new Command('audit').description('the signed log: check it, read it, prove one entry of it');
  command
    .command('verify')
    .description(
      'check every byte of logs: exit 0 verified, 2 a finding, 3 signer unknown, 4 the newest batches lack an anchor',
    )
    .argument('<dir...>', 'folders of logs, followed across them; or folders that prove wrote')
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
    .option('--disclosure <file>', 'opened fields to hold against the entries: exit 2 when one is not proved')
    .option('--json', 'print the entries as they were signed, one a line')
    .action(show);
  command
    .command('search')
    .description('print the entries that fit, a line each (not verified)')
    .option('--dir <dir>', 'folder of the log', '.')
    .option('--principal <id>', 'who asked, or approved')
    .option('--path <path>', 'the whole path, or what it begins with: /admin/*')
    .option('--rule <rule>', 'of the decision or hold, or of a mask')
    .option('--verdict <verdict>', 'allow, deny or hold')
    .option('--kind <kind>', 'decision, response, hold, deviation...')
    .option('--from <date>', 'a day (UTC) or a time (RFC 3339)', timeOf)
    .option('--to <date>', 'the first moment that is not looked at', timeOf)
    .option('--json', 'print the entries as they were signed, one a line')
    .action(searchCommand);
  command
    .command('tail')
    .description('print the newest entries, a line each (not verified)')
    .option('--dir <dir>', 'folder of the log', '.')
    .option('-n, --lines <count>', 'how many', linesOf, 10)
    .option('-f, --follow', 'go on with those that come')
    .option('--json', 'print the entries as they were signed, one a line')
    .action(tailCommand);
  command
    .command('report')
    .description('write evidence of a period as one HTML page, with the verification of the log; exits as verify does')
    .option('--dir <dir>', 'folder of the log', '.')
    .requiredOption('-o, --output <file>', 'HTML file to write')
    .option('--from <date>', 'a day (UTC) or a time (RFC 3339)', timeOf)
    .option('--to <date>', 'the first moment that is not in the period', timeOf)
    .option('--key <pem|fingerprint>', 'as for verify', also)
    .option('--since <checkpoint>', 'as for verify')
    .action(report);
  askOptions(
    command
      .command('export')
      .description('copy the public log for somebody else, with the entries of a period and the commands to check it')
      .option('--dir <dir>', 'folder of the log', '.')
      .requiredOption('-o, --output <dir>', 'folder to write: a new or an empty one')
      .option('--from <date>', 'a day (UTC) or a time (RFC 3339)', timeOf)
      .option('--to <date>', 'the first moment that is not in the period', timeOf)
      .option('--disclose <name,...>', 'open these fields of the period through the running service', names),
  ).action(exportCommand);
  askOptions(
    command
      .command('disclose')
      .description('open committed fields through the running service, which enters the disclosure first')
      .argument('<id|seq>', 'exchange id, hold id, or sequence number')
      .requiredOption('--field <name,...>', 'query, body, command, content, justification, reason, request', names)
      .option('--reason <text>', 'why; it stands in the log, in clear')
      .option('-o, --output <file>', 'write what opens the fields there, as JSON, for your eyes only'),
  ).action(discloseCommand);
  askOptions(
    command
      .command('erase')
      .description('delete what opens committed fields, for good; the log says so first, and verifies as before')
      .option('--exchange <id>', 'of one exchange')
      .option('--principal <id>', "of a principal's exchanges, and of what they said as an approver")
      .option('--issuer <issuer>', "the principal's issuer, where several know that id")
      .option('--before <date>', 'of all entries before a day (UTC) or a time (RFC 3339)', timeOf)
      .requiredOption('--reason <text>', 'why; it stands in the log, in clear'),
  ).action(eraseCommand);
  const evidence = command
    .command('prove')
    .description('write evidence that stock cosign verifies: entry, bundle, keys and the commands')
    .argument('<id|seq>', 'exchange id, hold id, or sequence number')
    .requiredOption('--dir <dir>', 'folder of the log')
    .requiredOption('-o, --output <dir>', 'folder to write; several entries get one folder each')
    .option('--disclose <name,...>', 'open these fields through the running service, into disclosure.json', names);
  askOptions(evidence).action(prove);
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
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ outcome, logs, exchanges }, null, 2)}\n`
      : `${colored(summary(logs, exchanges), outcome).join('\n')}\n`,
  );
  process.exitCode = exits[outcome];
}

function optionsOf({ key, since }: VerifyFlags): VerifyOptions {
  return {
    ...(key === undefined ? {} : { key: key.map(keyOf) }),
    ...(since === undefined ? {} : { since: textOf(since) }),
  };
}

async function report(flags: Omit<ReportFlags, 'verify'> & VerifyFlags): Promise<void> {
  const { key: _, since: __, ...others } = flags;
  process.exitCode = exits[await reportCommand({ ...others, verify: optionsOf(flags) })];
}

/** An option that may be repeated. */
function also(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** Names with commas between them. */
function names(value: string): readonly string[] {
  return value.split(',').filter((name) => name !== '');
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

interface ShowFlags {
  readonly dir: string;
  readonly disclosure?: string;
  readonly json?: true;
}

async function show(id: string, flags: ShowFlags): Promise<void> {
  const found = await entriesOf(flags.dir, id);
  const erasedBy = flags.json ? () => null : readErasures(flags.dir);
  for (const entry of found) {
    const erased = committedOf(entry).length === 0 ? null : erasedBy(entry.seq);
    const note = erased === null ? [] : [`  openings: erased by entry ${erased.seq}: ${visible(erased.reason)}`];
    print(flags.json ? [entry.text] : [...readable(entry), ...note]);
  }
  if (flags.disclosure === undefined) return;
  const { lines, proved } = judged(textOf(flags.disclosure), found);
  if (!flags.json) print(lines);
  if (!proved) process.exitCode = exits.finding;
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
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

interface ProveFlags extends AskOptions {
  readonly dir: string;
  readonly output: string;
  readonly disclose?: readonly string[];
  readonly json?: true;
}

async function prove(id: string, flags: ProveFlags): Promise<void> {
  const found = await entriesOf(flags.dir, id);
  const unknown = flags.disclose?.find((field) => !found.some((one) => committedOf(one).includes(field)));
  if (unknown !== undefined) throw new CountersignError('audit_unknown', `${id} does not commit to a field ${unknown}`);
  const written: { readonly seq: number; readonly folder: string }[] = [];
  for (const one of found) {
    const { seq } = one;
    const fields = flags.disclose?.filter((field) => committedOf(one).includes(field)) ?? [];
    const opened = fields.length === 0 ? {} : { 'disclosure.json': await disclosureFor(flags, one, fields) };
    const files = { ...(await proveEntry(flags.dir, seq)), ...opened };
    const folder = found.length === 1 ? flags.output : join(flags.output, `${seq}`);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    written.push({ seq, folder });
  }
  print(flags.json ? [JSON.stringify(written)] : written.map(({ seq, folder }) => `${folder}: entry ${seq}`));
}
