import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { proveEntry } from '../../audit/prove.ts';
import { CountersignError } from '../../errors.ts';
import type { AskOptions } from '../ask.ts';
import { committedOf, disclosureFor } from './disclose.ts';
import { print, textOf } from './output.ts';
import { entriesOf } from './show.ts';

/** The options of `audit prove`. */
export interface ProveFlags extends AskOptions {
  readonly dir: string;
  readonly output: string;
  readonly disclose?: readonly string[];
  readonly tsaRoot?: string;
  readonly json?: true;
}

/** `countersign audit prove`: evidence of entries that stock tools verify, a folder for each. */
export async function proveCommand(id: string, flags: ProveFlags): Promise<void> {
  const found = await entriesOf(flags.dir, id);
  const unknown = flags.disclose?.find((field) => !found.some((one) => committedOf(one).includes(field)));
  if (unknown !== undefined) throw new CountersignError('audit_unknown', `${id} does not commit to a field ${unknown}`);
  const roots = flags.tsaRoot === undefined ? null : textOf(flags.tsaRoot);
  const written: { readonly seq: number; readonly folder: string }[] = [];
  for (const one of found) {
    const { seq } = one;
    const fields = flags.disclose?.filter((field) => committedOf(one).includes(field)) ?? [];
    const opened = fields.length === 0 ? {} : { 'disclosure.json': await disclosureFor(flags, one, fields) };
    const files = { ...(await proveEntry(flags.dir, seq, roots)), ...opened };
    const folder = found.length === 1 ? flags.output : join(flags.output, `${seq}`);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    written.push({ seq, folder });
  }
  print(flags.json ? [JSON.stringify(written)] : written.map(({ seq, folder }) => `${folder}: entry ${seq}`));
}
