import { openEntries } from './entries.ts';

/** The erasure that took the opening of an entry, by its own number. */
export interface ErasedBy {
  readonly seq: number;
  readonly reason: string;
}

/**
 * Reads the `erasure` entries of a log, and tells of an entry which of them took its opening; null when none did.
 * @throws CountersignError `usage` when there is no such folder
 */
export function readErasures(path: string): (seq: number) => ErasedBy | null {
  const ranges: { readonly first: unknown; readonly last: unknown; readonly by: ErasedBy }[] = [];
  for (const { seq, entry } of openEntries(path).read(['"kind":"erasure"'])) {
    if (entry.kind !== 'erasure' || !Array.isArray(entry.entries)) continue;
    const by = { seq, reason: String(entry.reason) };
    for (const { first, last } of entry.entries as { first?: unknown; last?: unknown }[])
      ranges.push({ first, last, by });
  }
  return (seq) =>
    ranges.find(({ first, last, by }) => Number(first) <= seq && seq <= Number(last) && seq < by.seq)?.by ?? null;
}
