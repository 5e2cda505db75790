import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { type Found, openEntries } from '../../verify/entries.ts';
import { type Query, searchEntries } from '../../verify/search.ts';
import { lineOf } from './line.ts';

/** The options of `audit search`. */
export interface SearchFlags extends Query {
  readonly dir: string;
  readonly json?: true;
}

/** The options of `audit tail`. */
export interface TailFlags {
  readonly dir: string;
  readonly lines: number;
  readonly follow?: true;
  readonly json?: true;
}

/** Milliseconds between two looks at a log that is followed. */
const lookEvery = 250;

/** `countersign audit search`: a line an entry, as they are found. */
export async function searchCommand({ dir, json, ...query }: SearchFlags): Promise<void> {
  for (const found of searchEntries(dir, query)) await write(found, json);
}

/** `countersign audit tail`: the newest entries, and with `-f` those that come, until it is ended. */
export async function tailCommand({ dir, lines, follow, json }: TailFlags): Promise<void> {
  const entries = openEntries(dir);
  let last: Found[] = [];
  for (const found of entries.read()) {
    last.push(found);
    if (last.length > 2 * lines + 64) last = lines === 0 ? [] : last.slice(-lines);
  }
  for (const found of lines === 0 ? [] : last.slice(-lines)) await write(found, json);
  while (follow) {
    await sleep(lookEvery);
    for (const found of entries.read()) await write(found, json);
  }
}

/** A count for `-n`. */
export function linesOf(text: string): number {
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of entries.');
}

/** Waits for a slow reader: what is found must not pile up. */
async function write(found: Found, json: true | undefined): Promise<void> {
  const line = `${json ? found.text : lineOf(found)}\n`;
  if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
