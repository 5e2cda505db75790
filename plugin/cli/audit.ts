import { Command } from 'commander';
import { z } from 'zod';
import { entrySchema } from '../audit/schema.ts';
import { askOptions } from './ask.ts';
import { discloseCommand } from './audit/disclose.ts';
import { eraseCommand } from './audit/erase.ts';
import { exportCommand } from './audit/export.ts';
import { proveCommand } from './audit/prove.ts';
import { linesOf, searchCommand, tailCommand } from './audit/read.ts';
import { showCommand } from './audit/show.ts';
import { timeOf } from './audit/time.ts';
import { reportWithVerification, trustOptions, verifyCommand } from './audit/verify.ts';

/** `countersign audit ...`: commands that check, that read, that write, and that hand over. */
export function auditCommand(): Command {
  const command = new Command('audit').description('the signed log: check it, read it, prove one entry of it');
  addChecks(command);
  addReaders(command);
  addWriters(command);
  addEvidence(command);
  return command;
}

function addChecks(command: Command): void {
  trustOptions(
    command
      .command('verify')
      .description(
        'check every byte of logs: exit 0 verified, 2 a finding, 3 signer unknown, 4 the newest batches lack an anchor',
      )
      .argument('<dir...>', 'folders of logs, followed across them; or folders that prove wrote'),
  )
    .option('--json', 'print the reports as JSON')
    .action(verifyCommand);
  trustOptions(
    period(
      command
        .command('report')
        .description(
          'write evidence of a period as one HTML page, with the verification of the log; exits as verify does',
        )
        .option('--dir <dir>', 'folder of the log', '.')
        .requiredOption('-o, --output <file>', 'HTML file to write')
        .option('--sample <count>', 'draw so many decisions, with a folder of evidence each beside the file', linesOf),
    ),
  ).action(reportWithVerification);
}

function addReaders(command: Command): void {
  command
    .command('show')
    .description('print the entries of an exchange, of a hold, or one entry (shown, not verified)')
    .argument('<id|seq>', 'exchange id, hold id, or sequence number')
    .option('--dir <dir>', 'folder of the log', '.')
    .option('--disclosure <file>', 'opened fields to hold against the entries: exit 2 when one is not proved')
    .option('--json', 'print the entries as they were signed, one a line')
    .action(showCommand);
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
    .command('schema')
    .description('print the JSON Schema of an entry')
    .action(() => {
      process.stdout.write(`${JSON.stringify(z.toJSONSchema(entrySchema), null, 2)}\n`);
    });
}

function addWriters(command: Command): void {
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
}

function addEvidence(command: Command): void {
  askOptions(
    period(
      command
        .command('export')
        .description('copy the public log for somebody else, with the entries of a period and the commands to check it')
        .option('--dir <dir>', 'folder of the log', '.')
        .requiredOption('-o, --output <dir>', 'folder to write: a new or an empty one'),
    ).option('--disclose <name,...>', 'open these fields of the period through the running service', names),
  ).action(exportCommand);
  askOptions(
    command
      .command('prove')
      .description('write evidence that stock cosign verifies: entry, bundle, keys and the commands')
      .argument('<id|seq>', 'exchange id, hold id, or sequence number')
      .requiredOption('--dir <dir>', 'folder of the log')
      .requiredOption('-o, --output <dir>', 'folder to write; several entries get one folder each')
      .option('--tsa-root <pem>', "certificates of the time-stamping authority, for the evidence's trusted_root.json")
      .option('--disclose <name,...>', 'open these fields through the running service, into disclosure.json', names),
  ).action(proveCommand);
}

function period(command: Command): Command {
  return command
    .option('--from <date>', 'a day (UTC) or a time (RFC 3339)', timeOf)
    .option('--to <date>', 'the first moment that is not in the period', timeOf);
}

/** Names with commas between them. */
function names(value: string): readonly string[] {
  return value.split(',').filter((name) => name !== '');
}
