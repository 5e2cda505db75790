import { type Entry, entryLimit, entrySchema } from '../audit/schema.ts';
import { readCanonical } from './canonical.ts';
import type { FindingCode } from './report.ts';

export type { Entry } from '../audit/schema.ts';

/** Judges entries one after the other: their form, and their place in the order. */
export interface EntryCheck {
  /** Sequence number that the next entry must have. */
  readonly next: number;
  /** Entries read so far. */
  readonly count: number;
  /** Times of the first and last good entry, RFC 3339; empty before there is one. */
  readonly from: string;
  readonly to: string;
  /** The entry, or null when its form is wrong; `refuse` gets everything that is. */
  read(bytes: Buffer, refuse: (code: FindingCode, message: string) => void): Entry | null;
}

/** Where a log begins. */
export interface LogStart {
  readonly origin: string;
  readonly epoch: number;
  /** Milliseconds since 1970: no entry is older. */
  readonly created: number;
}

/** An entry of its bytes: canonical JSON, of the schema, not too long. Null where it is not; `refuse` hears why. */
export function readEntry(bytes: Buffer, refuse: (code: FindingCode, message: string) => void): Entry | null {
  if (bytes.length > entryLimit) {
    refuse('entry_schema', `it has ${bytes.length} bytes, an entry has ${entryLimit} at most`);
    return null;
  }
  const read = readCanonical(bytes);
  if ('fault' in read) {
    refuse('entry_not_canonical', read.fault);
    return null;
  }
  const parsed = entrySchema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  refuse('entry_schema', `${issue?.path.join('.') || 'the entry'}: ${issue?.message ?? 'not an entry'}`);
  return null;
}

/** At the first entry of a log. */
export function openEntryCheck({ origin, epoch, created }: LogStart): EntryCheck {
  let next = 0;
  let count = 0;
  let first: number | null = null;
  let last = created;

  return {
    get next() {
      return next;
    },
    get count() {
      return count;
    },
    get from() {
      return first === null ? '' : timeText(first);
    },
    get to() {
      return first === null ? '' : timeText(last);
    },
    read(bytes, refuse) {
      const seq = next;
      next += 1;
      count += 1;
      const entry = readEntry(bytes, refuse);
      if (entry === null) return null;
      if (entry.seq !== seq) refuse('entry_seq', `its seq is ${entry.seq}, expected ${seq}`);
      if (entry.origin !== origin) refuse('entry_origin', `its origin is another than ${origin}`);
      if (entry.epoch !== epoch) refuse('entry_epoch', `its epoch is ${entry.epoch}, expected ${epoch}`);
      if (entry.time < last) refuse('entry_time', `its time goes back by ${last - entry.time} ms`);
      first ??= entry.time;
      last = Math.max(last, entry.time);
      return entry.seq === seq ? entry : { ...entry, seq };
    },
  };
}

/** RFC 3339; a time that no calendar has is the last that one has (ECMA-262, 8.64e15 ms). */
function timeText(time: number): string {
  return new Date(Math.min(time, 8.64e15)).toISOString();
}
