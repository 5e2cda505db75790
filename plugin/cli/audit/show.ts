import { CountersignError } from '../../errors.ts';
import { readErasures } from '../../verify/erasures.ts';
import { type Found, findEntries } from '../../verify/find.ts';
import { visibleLine } from '../visible.ts';
import { committedOf, judged } from './disclose.ts';
import { print, textOf } from './output.ts';
import { readable } from './readable.ts';
import { exits } from './verify.ts';

/** The options of `audit show`. */
export interface ShowFlags {
  readonly dir: string;
  readonly disclosure?: string;
  readonly json?: true;
}

/** `countersign audit show`: the entries of an exchange, of a hold, or one by number. */
export async function showCommand(id: string, flags: ShowFlags): Promise<void> {
  const found = await entriesOf(flags.dir, id);
  const erasedBy = flags.json ? () => null : readErasures(flags.dir);
  for (const entry of found) {
    const erased = committedOf(entry).length === 0 ? null : erasedBy(entry.seq);
    const note = erased === null ? [] : [`  openings: erased by entry ${erased.seq}: ${visibleLine(erased.reason)}`];
    print(flags.json ? [entry.text] : [...readable(entry), ...note]);
  }
  if (flags.disclosure === undefined) return;
  const { lines, proved } = judged(textOf(flags.disclosure), found);
  if (!flags.json) print(lines);
  if (!proved) process.exitCode = exits.finding;
}

/** The entries that an id names. @throws CountersignError `audit_unknown` when there is none */
export async function entriesOf(folder: string, id: string): Promise<readonly Found[]> {
  const found = await findEntries(folder, id);
  if (found.length === 0)
    throw new CountersignError(
      'audit_unknown',
      `no entry of ${folder} has the exchange, hold or sequence number ${id}: see the folder of the process that answered`,
    );
  return found;
}
