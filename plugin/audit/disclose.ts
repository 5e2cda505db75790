import { CountersignError } from '../errors.ts';
import type { EntryEvent } from './entry.ts';
import type { Disclosed } from './erasable.ts';
import type { Log, Receipt } from './log.ts';
import type { Entry } from './schema.ts';

/** Where openings are disclosed and erased: the log, and the one way into it. */
export interface ErasureParts {
  readonly log: Pick<Log, 'origin' | 'scan' | 'erasable'>;
  readonly append: (event: EntryEvent) => Promise<Receipt>;
  /** What else has content; none by default. */
  readonly stores?: readonly ContentStore[];
}

/** A store beside the openings that has content of exchanges. */
export interface ContentStore {
  readonly name: 'recordings' | 'holds';
  /** Exchanges that it can erase content of. */
  exchanges(): Promise<readonly string[]>;
  /** Deletes it: no file has it when this resolves. Exchanges without content do no harm. */
  erase(exchanges: readonly string[]): Promise<void>;
}

/** What is asked for: fields of an entry by number, or of those of an exchange or hold. */
export interface DisclosureAsked {
  readonly id: string;
  readonly fields: readonly string[];
  readonly reason: string;
  /** Who asks, as a bearer token proved. */
  readonly reader: NonNullable<EntryEvent['principal']>;
}

/** The opened fields of one entry. */
export interface DisclosedEntry {
  readonly origin: string;
  readonly seq: number;
  readonly disclosed: readonly Disclosed[];
}

/**
 * Opens fields of entries. Each entry that is opened has its `disclosure` entry before anything is given back.
 * @throws CountersignError `audit_unknown` when there is no such entry, it does not commit to a field, or its opening was
 *   erased; and what `append` rejects with, with nothing disclosed
 */
export async function disclose(
  { log, append }: ErasureParts,
  asked: DisclosureAsked,
): Promise<readonly DisclosedEntry[]> {
  const { id, fields, reason, reader } = asked;
  const entries = await entriesOf(log, id);
  const answer: DisclosedEntry[] = [];
  for (const { seq } of entries) {
    const opened = await log.erasable.disclose(seq);
    const disclosed = opened.filter(({ field }) => fields.includes(field));
    if (disclosed.length > 0) answer.push({ origin: log.origin, seq, disclosed });
  }
  for (const field of fields)
    if (!answer.some(({ disclosed }) => disclosed.some((one) => one.field === field)))
      throw new CountersignError('audit_unknown', missing(id, field, entries));
  for (const { seq, disclosed } of answer) {
    const exchange = entries.find((entry) => entry.seq === seq)?.exchange;
    await append({
      kind: 'disclosure',
      ...(exchange === undefined ? {} : { exchange }),
      principal: reader,
      body: { what: 'opening', subject: String(seq), reason, fields: disclosed.map(({ field }) => field) },
    });
  }
  return answer;
}

/** An entry that still commits to the field has lost its opening. */
function missing(id: string, field: string, entries: readonly Entry[]): string {
  const committed = new Set(entries.flatMap((entry) => (entry.committed ?? []).map(({ k }) => k)));
  if (committed.has(field)) return `what opens the field ${field} of ${id} was erased`;
  return committed.size === 0
    ? `${id}: no entry of this log with that number, exchange or hold commits to anything`
    : `${id} does not commit to a field of that name, only to ${[...committed].join(', ')}`;
}

async function entriesOf(log: ErasureParts['log'], id: string): Promise<readonly Entry[]> {
  const seq = /^(0|[1-9][0-9]{0,15})$/.test(id) ? Number(id) : null;
  const found: Entry[] = [];
  for await (const entry of log.scan((one) => seq === null || one === seq))
    if (seq !== null || entry.exchange === id || ('hold' in entry && entry.hold === id)) found.push(entry);
  return found;
}
