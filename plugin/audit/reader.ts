import { CountersignError } from '../errors.ts';
import { type Chain, faultOf } from './chain.ts';
import type { Entry } from './schema.ts';
import { type BatchRecord, readRecord } from './segment.ts';
import type { Signer } from './signer.ts';
import type { EntryStore } from './store.ts';

/**
 * An entry read back from its segment: its batch must be the one that the chain has at its place, signed.
 * @throws CountersignError `audit_unknown` when there is no such entry; `audit_damaged` when it is not what was signed
 */
export async function readEntry(
  store: EntryStore,
  chain: Chain,
  signer: Pick<Signer, 'publicKey'>,
  seq: number,
): Promise<Entry> {
  const batch = batchOf(chain, seq);
  if (batch === null) throw new CountersignError('audit_unknown', `the log has no entry ${seq}`);
  const record = await readBatch(store, chain, batch);
  if (faultOf(before(chain, batch), record, signer) !== null)
    throw new CountersignError('audit_damaged', `batch ${batch}, with entry ${seq}, is not what was signed`);
  const bytes = record.entries[seq - (chain.batches[batch]?.firstSeq ?? 0)];
  return JSON.parse(bytes?.toString('utf8') ?? 'null') as Entry;
}

/** A batch as its segment has it, its frame checked. @throws CountersignError `audit_unknown` | `audit_damaged` */
export async function readBatch(store: EntryStore, chain: Pick<Chain, 'batches'>, batch: number): Promise<BatchRecord> {
  const place = chain.batches[batch];
  if (place === undefined) throw new CountersignError('audit_unknown', `the log has no batch ${batch}`);
  const read = readRecord(await store.readAt(place.segment, place.offset, place.length), 0);
  if (read === null)
    throw new CountersignError('audit_damaged', `batch ${batch} in ${place.segment} is not what was written`);
  return read.record;
}

/** The entries whose numbers are wanted, in order: only their batches are read. @throws CountersignError `audit_damaged` */
export async function* scanEntries(
  store: EntryStore,
  chain: Pick<Chain, 'batches'>,
  wanted: (seq: number) => boolean,
): AsyncGenerator<Entry> {
  for (let batch = 0; batch < chain.batches.length; batch += 1) {
    const { firstSeq = 0, count = 0 } = chain.batches[batch] ?? {};
    const places = Array.from({ length: count }, (_, at) => at).filter((at) => wanted(firstSeq + at));
    if (places.length === 0) continue;
    const { entries } = await readBatch(store, chain, batch);
    for (const at of places) yield JSON.parse(entries[at]?.toString('utf8') ?? 'null') as Entry;
  }
}

/** Index of the batch with an entry; null when there is none. */
export function batchOf({ batches, nextSeq }: Pick<Chain, 'batches' | 'nextSeq'>, seq: number): number | null {
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= nextSeq) return null;
  let [low, high] = [0, batches.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((batches[middle]?.firstSeq ?? 0) <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What the chain said before it took a batch: which statement had to follow. */
function before({ batches, epoch, origin, tree }: Chain, batch: number): Pick<Chain, 'next'> {
  const prevBatch = batch === 0 ? null : tree.hashes(0, batch - 1, batch);
  const firstSeq = batches[batch]?.firstSeq ?? 0;
  return { next: (digests) => ({ batch, epoch, firstSeq, origin, prevBatch, digests }) };
}
