import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { CountersignError, codeOf } from '../../errors.ts';
import type { DisclosedField } from '../../verify/disclosure.ts';
import type { Found } from '../../verify/entries.ts';
import { searchEntries } from '../../verify/search.ts';
import { type AskOptions, openAsk } from '../ask.ts';
import { askDisclosure, committedOf } from './disclose.ts';

/** The options of `audit export`. */
export interface ExportFlags extends AskOptions {
  readonly dir: string;
  readonly output: string;
  readonly from?: number;
  readonly to?: number;
  readonly disclose?: readonly string[];
  readonly json?: true;
}

/** The public files of a log (audit.md): nothing else of the folder is copied. */
const isPublic =
  /^(writer\.json|writer\.bundle\.json|trusted_root\.json|key\.pub|vkey|(tile|anchors)\/.+|segments\/[0-9]{16}\.seg)$/;

const instructions = `# How to check this export

\`log/\` is a whole copy of the public log: parts of a log can not be checked alone. \`entries.ndjson\` has the entries of
the period, as they were signed. \`disclosure.json\`, where it is there, opens fields that those entries only commit to.
Take the key, or its fingerprint, from the operator by another way than this folder.

    countersign audit verify log --key key.pub
    countersign audit search --dir log --verdict deny
    countersign audit show 1 --dir log --disclosure disclosure.json
    countersign audit prove 1 --dir log -o evidence

Evidence of one entry is what stock cosign verifies; tessera's fsck checks the tree (it exits 0 even when it fails: look
for "Successfully fsck'd"):

    fsck --ui=false -N 4 --storage_url file://$PWD/log --public_key log/vkey
`;

/** `countersign audit export`: a folder on which verify, show, search and prove work alone. */
export async function exportCommand(flags: ExportFlags): Promise<void> {
  const { dir, output, from, to, disclose = [] } = flags;
  if (existsSync(output) && readdirSync(output).length > 0)
    throw new CountersignError('usage', `${output} is not empty: an export goes into a folder of its own`);
  const log = join(output, 'log');
  copyLog(dir, log);
  const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const { entries, committing } = writeEntries(join(output, 'entries.ndjson'), searchEntries(log, period), disclose);
  writeFileSync(join(output, 'VERIFY.md'), instructions);
  const lines = [`${output}: ${entries} entries`];
  if (disclose.length > 0) {
    const { items, gone } = await opened(flags, committing, disclose);
    writeFileSync(join(output, 'disclosure.json'), `${JSON.stringify(items, null, 2)}\n`, { mode: 0o600 });
    lines.push(`${items.length} fields opened, ${gone} entries can no longer be opened`);
  }
  process.stdout.write(flags.json ? `${JSON.stringify({ output, entries })}\n` : `${lines.join('\n')}\n`);
}

/** Writes entries as they come, and keeps those that commit to one of the fields. */
function writeEntries(file: string, found: Iterable<Found>, fields: readonly string[]) {
  const committing: Found[] = [];
  let entries = 0;
  const descriptor = openSync(file, 'wx');
  try {
    for (const one of found) {
      writeSync(descriptor, `${one.text}\n`);
      entries += 1;
      if (fields.length > 0 && committedOf(one).some((name) => fields.includes(name))) committing.push(one);
    }
  } finally {
    closeSync(descriptor);
  }
  return { entries, committing };
}

/**
 * Copies a log that may be growing: the checkpoint first, so that all that it covers is there by then, and tiles before
 * segments, so that no tile is ahead of them.
 * @throws CountersignError `usage` when the folder is no log
 */
export function copyLog(dir: string, output: string): void {
  const checkpoint = join(dir, 'checkpoint');
  if (!existsSync(checkpoint) || !existsSync(join(dir, 'segments')))
    throw new CountersignError(
      'usage',
      `expected the folder of an audit log, but ${dir} has no checkpoint or segments`,
    );
  const head = readFileSync(checkpoint);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => relative(dir, join(item.parentPath, item.name)).split(sep).join('/'));
  const wanted = files.filter((name) => isPublic.test(name));
  for (const segments of [false, true])
    for (const name of wanted.filter((name) => name.startsWith('segments/') === segments)) copy(dir, output, name);
  writeFileSync(join(output, 'checkpoint'), head);
}

function copy(dir: string, output: string, name: string): void {
  mkdirSync(dirname(join(output, name)), { recursive: true });
  try {
    copyFileSync(join(dir, name), join(output, name));
  } catch (error) {
    // A partial tile may have gone since: a fuller one is there.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Opens the fields of each entry that commits to some of them. Each opening is entered by the service first. */
async function opened(flags: ExportFlags, found: readonly Found[], fields: readonly string[]) {
  const service = openAsk(flags, process.env);
  const items: DisclosedField[] = [];
  let gone = 0;
  for (const one of found) {
    try {
      items.push(...(await askDisclosure(service, one, fields, 'export')));
    } catch (error) {
      if (codeOf(error) !== 'audit_unknown') throw error;
      gone += 1;
    }
  }
  return { items, gone };
}
