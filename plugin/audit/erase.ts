import type { ContentStore, DisclosureAsked, ErasureParts } from './disclose.ts';
import type { Entry } from './schema.ts';

/** Whose openings are to go: an exchange's, a principal's (of every issuer without one), or those before a time (ms). */
export type ErasureWhat =
  | { readonly what: 'exchange'; readonly exchange: string }
  | { readonly what: 'principal'; readonly principal: string; readonly issuer?: string | undefined }
  | { readonly what: 'before'; readonly before: number };

/** What is asked for. `reason` stands in the log, in clear. */
export type ErasureAsked = ErasureWhat & Pick<DisclosureAsked, 'reason' | 'reader'>;

/** Whose content went. */
export interface Erased {
  /** Entries that can no longer be opened. */
  readonly entries: number;
  /** Exchanges whose recording, or whose holds' texts, are gone. */
  readonly recordings: number;
  readonly holds: number;
}

/** Ranges or exchanges of an entry at most: some 30 or 40 bytes each, of the 64 KiB that an entry may have. */
const rowsOfEntry = 1_000;

interface Range {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** What an erasure says beside whom it is of. */
interface Part {
  readonly count: number;
  readonly entries: readonly { readonly first: number; readonly last: number }[];
  readonly store?: ContentStore['name'];
  readonly exchanges?: readonly string[];
}

/**
 * Deletes openings, recordings and the texts of closed holds, for good. The entries that say which come first, all of
 * them; entries and their commitments stay, and the log verifies as before. With nothing to delete, nothing is entered.
 * @throws what `append` rejects with, with nothing erased; an error when a store can't, which the log then already says
 */
export async function erase({ log, append, stores = [] }: ErasureParts, asked: ErasureAsked): Promise<Erased> {
  const kept = await log.erasable.kept();
  const { seqs, exchanges } = await chosenOf(log, new Set(kept), asked, stores.length > 0);
  const meant = (exchange: string) =>
    exchanges.has(exchange) || (asked.what === 'before' && timeOf(exchange) < asked.before);
  const going = await Promise.all(
    stores.map(async (store) => ({ store, exchanges: (await store.exchanges()).filter(meant) })),
  );
  const parts: Part[] = inRows(rangesOf(kept, seqs)).map((some) => ({
    count: some.reduce((sum, { count }) => sum + count, 0),
    entries: some.map(({ first, last }) => ({ first, last })),
  }));
  for (const { store, exchanges } of going)
    for (const some of inRows(exchanges))
      parts.push({ count: some.length, entries: [], store: store.name, exchanges: some });
  for (const part of parts)
    await append({
      kind: 'erasure',
      ...(asked.what === 'exchange' ? { exchange: asked.exchange } : {}),
      principal: asked.reader,
      body: { what: asked.what, subject: subjectOf(asked), reason: asked.reason, ...part },
    });
  if (seqs.size > 0) await log.erasable.erase([...seqs]);
  for (const { store, exchanges } of going) if (exchanges.length > 0) await store.erase(exchanges);
  const of = (name: ContentStore['name']) => going.find(({ store }) => store.name === name)?.exchanges.length ?? 0;
  return { entries: seqs.size, recordings: of('recordings'), holds: of('holds') };
}

function inRows<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const count = Math.ceil(rows.length / rowsOfEntry);
  return Array.from({ length: count }, (_, at) => rows.slice(at * rowsOfEntry, (at + 1) * rowsOfEntry));
}

/** When an exchange began, milliseconds since 1970: its id is a UUIDv7 (RFC 9562 section 5.7). Other ids are never old. */
function timeOf(exchange: string): number {
  const time = Number.parseInt(exchange.slice(0, 13).replace('-', ''), 16);
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(exchange) ? time : Number.POSITIVE_INFINITY;
}

function subjectOf(asked: ErasureWhat): string {
  if (asked.what === 'exchange') return asked.exchange;
  if (asked.what === 'before') return new Date(asked.before).toISOString();
  return asked.issuer === undefined ? asked.principal : `${asked.principal} of ${asked.issuer}`;
}

/** Numbers of the entries that can be opened and are meant, and the exchanges that are. `all`: also those without openings. */
async function chosenOf(log: ErasureParts['log'], kept: ReadonlySet<number>, asked: ErasureWhat, all: boolean) {
  const seqs = new Set<number>();
  const exchanges = new Set(asked.what === 'exchange' ? [asked.exchange] : []);
  const meant = meantBy(asked);
  // A principal's exchange is known by a decision that may itself commit to nothing.
  for await (const entry of log.scan((seq) => all || asked.what === 'principal' || kept.has(seq))) {
    if (!meant(entry)) continue;
    if (kept.has(entry.seq)) seqs.add(entry.seq);
    // What a reader or an approver did is theirs; the exchange is whose decision or hold it is.
    if (all && (entry.kind === 'decision' || entry.kind === 'response') && entry.exchange !== undefined)
      exchanges.add(entry.exchange);
  }
  return { seqs, exchanges };
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
