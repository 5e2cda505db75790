import { CountersignError } from '../errors.ts';
import { encoding, leafBody } from './batch.ts';
import { type Chain, faultOf, type Piece } from './chain.ts';
import { leafHash } from './merkle.ts';
import type { Entry } from './schema.ts';
import { type BatchRecord, readRecord } from './segment.ts';
import type { Signer } from './signer.ts';
import type { EntryStore } from './store.ts';

/** A batch as its segment has it, its frame checked. */
export interface Located {
  readonly record: BatchRecord;
  readonly batch: number;
  readonly firstSeq: number;
  /** Hash of the leaf before it; null for the first. */
  readonly previous: () => Buffer | null;
}

type Read = Pick<Chain, 'pieces' | 'spki'>;

/**
 * An entry read back from its segment: its batch must be the one that the chain has at its place, signed.
 * @throws CountersignError `audit_unknown` when there is no such entry; `audit_damaged` when it is not what was signed
 */
export async function readEntry(
  store: EntryStore,
  chain: Read & Pick<Chain, 'epoch' | 'origin'>,
  signer: Pick<Signer, 'publicKey'>,
  seq: number,
): Promise<Entry> {
  const { record, batch, firstSeq, previous } = await readBatch(store, chain, seq);
  const { epoch, origin } = chain;
  const next = (digests: readonly string[]) => ({ batch, epoch, firstSeq, origin, prevBatch: previous(), digests });
  if (faultOf({ next }, record, signer) !== null)
    throw new CountersignError('audit_damaged', `batch ${batch}, with entry ${seq}, is not what was signed`);
  return entryOf(record, seq - firstSeq);
}

/** The batch with an entry. @throws CountersignError `audit_unknown` when there is no such entry; `audit_damaged` */
export async function readBatch(store: EntryStore, chain: Read, seq: number): Promise<Located> {
  const piece = pieceOf(chain.pieces, seq);
  if (piece === null) throw new CountersignError('audit_unknown', `the log has no entry ${seq}`);
  for (const located of batchesOf(await readPiece(store, piece), piece, chain))
    if (seq < located.firstSeq + located.record.entries.length) return located;
  throw damaged(piece);
}

/** The entries whose numbers are wanted, in order: only their pieces are read. @throws CountersignError `audit_damaged` */
export async function* scanEntries(
  store: EntryStore,
  chain: Read,
  wanted: (seq: number) => boolean,
): AsyncGenerator<Entry> {
  // By index: pieces are added while this runs.
  for (let at = 0; at < chain.pieces.length; at += 1) {
    const piece = chain.pieces[at];
    if (piece === undefined || !anyOf(piece.firstSeq, piece.count, wanted)) continue;
    for (const { record, firstSeq } of batchesOf(await readPiece(store, piece), piece, chain))
      for (let place = 0; place < record.entries.length; place += 1)
        if (wanted(firstSeq + place)) yield entryOf(record, place);
  }
}

function anyOf(first: number, count: number, wanted: (seq: number) => boolean): boolean {
  for (let seq = first; seq < first + count; seq += 1) if (wanted(seq)) return true;
  return false;
}

/** The piece with an entry; null when there is none. */
export function pieceOf<It extends Pick<Piece, 'firstSeq' | 'count'>>(pieces: readonly It[], seq: number): It | null {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.firstSeq ?? 0) <= seq) low = middle;
    else high = middle - 1;
  }
  const found = pieces[low];
  const there = Number.isSafeInteger(seq) && seq >= (found?.firstSeq ?? 0) && found !== undefined;
  return there && seq < found.firstSeq + found.count ? found : null;
}

const readPiece = (store: EntryStore, { segment, offset, length }: Piece): Promise<Buffer> =>
  store.readAt(segment, offset, length);

/** The batches of a piece in order. @throws CountersignError `audit_damaged` at the first whose frame is not intact */
function* batchesOf(bytes: Buffer, piece: Piece, { spki }: Pick<Chain, 'spki'>): Generator<Located> {
  let { batch, firstSeq } = piece;
  let before: BatchRecord | null = null;
  for (let at = 0; at < piece.length; ) {
    const read = readRecord(bytes, at);
    if (read === null) throw damaged(piece);
    const { record, end } = read;
    const last: BatchRecord | null = before;
    yield { record, batch, firstSeq, previous: () => (last === null ? piece.previous : leafOf(last, spki)) };
    [at, before, batch, firstSeq] = [end, record, batch + 1, firstSeq + record.entries.length];
  }
}

function leafOf({ statement, signature }: BatchRecord, spki: Buffer): Buffer {
  return leafHash(leafBody(encoding(statement), signature, spki));
}

function entryOf({ entries }: BatchRecord, at: number): Entry {
  return JSON.parse(entries[at]?.toString('utf8') ?? 'null') as Entry;
}

function damaged({ segment, offset, length }: Piece): CountersignError {
  return new CountersignError(
    'audit_damaged',
    `${segment}, bytes ${offset} to ${offset + length}, is not what was written`,
  );
}
