import { hash, verify } from 'node:crypto';
import { type Batch, encoding, leafBody, statementOf } from './batch.ts';
import { leafHash, openTree, type Tree } from './merkle.ts';
import type { BatchRecord } from './segment.ts';
import { type Signer, spkiOf } from './signer.ts';
import { tileWidth } from './tiles.ts';

/** Where a batch stands on disk. */
export interface Located {
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
  readonly firstSeq: number;
  readonly count: number;
}

/** The log as it follows from its batches: the tree over them and where they are. */
export interface Chain {
  readonly origin: string;
  readonly epoch: number;
  readonly spki: Buffer;
  readonly tree: Tree;
  readonly batches: readonly Located[];
  readonly nextSeq: number;
  /** Milliseconds since 1970 of the last entry, or of the log's beginning. */
  readonly lastTime: number;
  /** A leaf's body, of those that are not released. */
  body(index: number): Buffer;
  /** Forgets the leaf bodies of full tiles among the first `size` leaves: they are published. */
  release(size: number): void;
  /** What the next batch must say. */
  next(digests: readonly string[]): Batch;
  /** Takes a batch that is durable. */
  extend(record: BatchRecord, place: Omit<Located, 'firstSeq' | 'count'>, lastTime: number): void;
}

/** An empty log of a signer, begun at `created` (milliseconds since 1970): no entry is older. */
export function openChain(origin: string, epoch: number, signer: Pick<Signer, 'publicKey'>, created = 0): Chain {
  const spki = spkiOf(signer);
  const tree = openTree();
  const batches: Located[] = [];
  let nextSeq = 0;
  let lastTime = created;
  let previous: Buffer | null = null;
  let bodies: Buffer[] = [];
  let firstBody = 0;
  return {
    origin,
    epoch,
    spki,
    tree,
    batches,
    get nextSeq() {
      return nextSeq;
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
    },
    next: (digests) => ({ batch: tree.size, epoch, firstSeq: nextSeq, origin, prevBatch: previous, digests }),
    extend({ statement, signature, entries }, place, time) {
      const body = leafBody(encoding(statement), signature, spki);
      const leaf = leafHash(body);
      if (tree.size >= firstBody) bodies.push(body);
      batches.push({ ...place, firstSeq: nextSeq, count: entries.length });
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
