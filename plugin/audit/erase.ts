import type { DisclosureAsked, ErasureParts } from './disclose.ts';
import type { Entry } from './schema.ts';

/** Whose openings are to go: an exchange's, a principal's (of every issuer without one), or those before a time (ms). */
export type ErasureWhat =
  | { readonly what: 'exchange'; readonly exchange: string }
  | { readonly what: 'principal'; readonly principal: string; readonly issuer?: string | undefined }
  | { readonly what: 'before'; readonly before: number };

/** What is asked for. `reason` stands in the log, in clear. */
export type ErasureAsked = ErasureWhat & Pick<DisclosureAsked, 'reason' | 'reader'>;

/** Ranges of an entry at most: some 30 bytes each, of the 64 KiB that an entry may have. */
const rangesOfEntry = 1_000;

interface Range {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/**
 * Deletes openings, for good. The entries that say which come first; entries and their commitments stay, and the log
 * verifies as before. Gives the number of entries that can no longer be opened; with none to delete, nothing is entered.
 * @throws what `append` rejects with, with nothing erased; an error when the store can't, which the log then already says
 */
export async function erase({ log, append }: ErasureParts, asked: ErasureAsked): Promise<number> {
  const kept = await log.erasable.kept();
  const chosen = await chosenOf(log, new Set(kept), asked);
  const ranges = rangesOf(kept, chosen);
  for (let at = 0; at < ranges.length; at += rangesOfEntry) {
    const some = ranges.slice(at, at + rangesOfEntry);
    await append({
      kind: 'erasure',
      ...(asked.what === 'exchange' ? { exchange: asked.exchange } : {}),
      principal: asked.reader,
      body: {
        what: asked.what,
        subject: subjectOf(asked),
        reason: asked.reason,
        count: some.reduce((sum, { count }) => sum + count, 0),
        entries: some.map(({ first, last }) => ({ first, last })),
      },
    });
  }
  if (chosen.size > 0) await log.erasable.erase([...chosen]);
  return chosen.size;
}

function subjectOf(asked: ErasureWhat): string {
  if (asked.what === 'exchange') return asked.exchange;
  if (asked.what === 'before') return new Date(asked.before).toISOString();
  return asked.issuer === undefined ? asked.principal : `${asked.principal} of ${asked.issuer}`;
}

/** Numbers of the entries that can be opened and are meant. */
async function chosenOf(
  log: ErasureParts['log'],
  kept: ReadonlySet<number>,
  asked: ErasureWhat,
): Promise<ReadonlySet<number>> {
  const chosen = new Set<number>();
  const meant = meantBy(asked);
  // A principal's exchange is known by a decision that may itself commit to nothing.
  for await (const entry of log.scan((seq) => asked.what === 'principal' || kept.has(seq)))
    if (meant(entry) && kept.has(entry.seq)) chosen.add(entry.seq);
  return chosen;
}

/** Judges entries in the order of the log: a response names nobody, its exchange's decision did. */
function meantBy(asked: ErasureWhat): (entry: Entry) => boolean {
  if (asked.what === 'exchange') return ({ exchange }) => exchange === asked.exchange;
  if (asked.what === 'before') return ({ time }) => time < asked.before;
  const exchanges = new Set<string>();
  const same = (one: { readonly id: string; readonly issuer: string } | undefined) =>
    one !== undefined && one.id === asked.principal && (asked.issuer === undefined || one.issuer === asked.issuer);
  return (entry) => {
    const asks = entry.kind === 'decision' || entry.kind === 'hold';
    if (asks && entry.exchange !== undefined && same(entry.principal)) exchanges.add(entry.exchange);
    if (same(entry.principal) || ('approver' in entry && same(entry.approver))) return true;
    return entry.exchange !== undefined && exchanges.has(entry.exchange);
  };
}

/** Neighbours among the entries that can be opened make one range: those in between have nothing to erase. */
function rangesOf(kept: readonly number[], chosen: ReadonlySet<number>): readonly Range[] {
  const ranges: Range[] = [];
  let joined = false;
  for (const seq of kept) {
    if (chosen.has(seq)) {
      const open = joined ? ranges.pop() : undefined;
      ranges.push({ first: open?.first ?? seq, last: seq, count: (open?.count ?? 0) + 1 });
    }
    joined = chosen.has(seq);
  }
  return ranges;
}
