import { hash, verify } from 'node:crypto';
import { type Batch, encoding, leafBody, statementOf } from './batch.ts';
import { leafHash, openTree, type Tree, tileWidth } from './merkle.ts';
import type { BatchRecord } from './segment.ts';
import { type Signer, spkiOf } from './signer.ts';

/** Where a batch stands on disk. */
export interface Place {
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
}

/** Neighbouring batches of one segment, 1 MiB or a little more: what is read at once to find one of them. */
export interface Piece extends Place {
  /** Index of its first batch, and number of its first entry. */
  readonly batch: number;
  readonly firstSeq: number;
  readonly count: number;
  /** Hash of the leaf before it; null for the first. */
  readonly previous: Buffer | null;
}

const pieceBytes = 1024 * 1024;

/**
 * The log as it follows from its batches: the right edge of the tree over them, and where they are. Memory: some 150
 * bytes for each MiB of segments, and what is not published yet.
 */
export interface Chain {
  readonly origin: string;
  readonly epoch: number;
  readonly spki: Buffer;
  readonly tree: Tree;
  readonly pieces: readonly Piece[];
  readonly nextSeq: number;
  /** Hash of the last leaf; null before there is one. */
  readonly previous: Buffer | null;
  /** Milliseconds since 1970 of the last entry, or of the log's beginning. */
  readonly lastTime: number;
  /** A leaf's body, of those that are not released. */
  body(index: number): Buffer;
  /** Forgets what full tiles among the first `size` leaves are made of: they are published. */
  release(size: number): void;
  /** What the next batch must say. */
  next(digests: readonly string[]): Batch;
  /** Takes a batch that is durable. */
  extend(record: BatchRecord, place: Place, lastTime: number): void;
}

/** An empty log of a signer, begun at `created` (milliseconds since 1970): no entry is older. */
export function openChain(origin: string, epoch: number, signer: Pick<Signer, 'publicKey'>, created = 0): Chain {
  const spki = spkiOf(signer);
  const tree = openTree();
  const pieces: Piece[] = [];
  let nextSeq = 0;
  let lastTime = created;
  let previous: Buffer | null = null;
  let bodies: Buffer[] = [];
  let firstBody = 0;

  /** To the last piece where that is not full, else to a new one. */
  function put({ segment, offset, length }: Place, count: number): void {
    const last = pieces.at(-1);
    if (last === undefined || last.segment !== segment || last.length >= pieceBytes)
      pieces.push({ segment, offset, length, batch: tree.size, firstSeq: nextSeq, count, previous });
    else pieces[pieces.length - 1] = { ...last, length: last.length + length, count: last.count + count };
  }

  return {
    origin,
    epoch,
    spki,
    tree,
    pieces,
    get nextSeq() {
      return nextSeq;
    },
    get previous() {
      return previous;
    },
    get lastTime() {
      return lastTime;
    },
    body(index) {
      const body = bodies[index - firstBody];
      if (body === undefined) throw new RangeError(`the body of leaf ${index} is not kept`);
      return body;
    },
    release(size) {
      const first = size - (size % tileWidth);
      bodies = bodies.slice(Math.max(0, first - firstBody));
      firstBody = Math.max(firstBody, first);
      tree.release(size);
    },
    next: (digests) => ({ batch: tree.size, epoch, firstSeq: nextSeq, origin, prevBatch: previous, digests }),
    extend({ statement, signature, entries }, place, time) {
      const body = leafBody(encoding(statement), signature, spki);
      const leaf = leafHash(body);
      if (tree.size >= firstBody) bodies.push(body);
      put(place, entries.length);
      tree.append(leaf);
      previous = leaf;
      nextSeq += entries.length;
      lastTime = time;
    },
  };
}

/**
 * Why a record is not the next batch of a chain, in words; null when it is. Without a signer its signature is not checked:
 * a signed root over it speaks for it.
 */
export function faultOf(
  chain: Pick<Chain, 'next'>,
  record: BatchRecord,
  signer: Pick<Signer, 'publicKey'> | null,
): string | null {
  const digests = record.entries.map((bytes) => hash('sha256', bytes, 'hex'));
  if (record.entries.length === 0) return 'a batch without entries';
  if (!statementOf(chain.next(digests)).equals(record.statement)) return 'its statement is not the one that follows';
  if (signer !== null && !verify('sha256', encoding(record.statement), signer.publicKey, record.signature))
    return "its signature is not the signer's";
  return null;
}

/** `time` of an entry's bytes. */
export function timeOf(entry: Buffer): number {
  return (JSON.parse(entry.toString('utf8')) as { readonly time: number }).time;
}
