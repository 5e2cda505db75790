import { createHash } from 'node:crypto';

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** RFC 6962 section 2.1: hash of a leaf. */
export function leafHash(body: Uint8Array): Buffer {
  return createHash('sha256').update(leafPrefix).update(body).digest();
}

/** RFC 6962 section 2.1: hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** Leaves of a full tile, and so hashes of every tile; a tile of the next level stands on so many (C2SP tlog-tiles). */
export const tileWidth = 256;
/** Levels of the tree in one of tiles. */
export const tileHeight = 8;

/**
 * The right edge of an append-only Merkle tree, and the rows of hashes that tiles are cut of. Memory does not grow with
 * the tree where what is published is released.
 */
export interface Tree {
  readonly size: number;
  append(leaf: Buffer): void;
  /** Root over all leaves; SHA-256 of nothing for an empty tree. */
  root(): Buffer;
  /**
   * Hashes `from` to `to` (exclusive) of a row: the complete subtrees of 256^level leaves. @throws RangeError when they
   * are released, or not there yet
   */
  hashes(level: number, from: number, to: number): readonly Buffer[];
  /** Forgets the full tiles of the tree's first `size` leaves, also of those that are yet to come. */
  release(size: number): void;
}

/** The hashes of a row that are kept, from `first` on. */
interface Row {
  first: number;
  hashes: Buffer[];
}

/** An empty tree. */
export function openTree(): Tree {
  /** By height: the last complete subtree that has no right sibling yet. */
  const edge: Buffer[] = [];
  const rows: Row[] = [];
  let size = 0;
  let released = 0;

  function rowOf(level: number): Row {
    const row = rows[level] ?? { first: firstKept(level), hashes: [] };
    rows[level] = row;
    return row;
  }

  function firstKept(level: number): number {
    const count = Math.floor(released / tileWidth ** level);
    return count - (count % tileWidth);
  }

  function append(leaf: Buffer): void {
    let [hash, index] = [leaf, size];
    size += 1;
    for (let height = 0; ; height += 1) {
      if (height % tileHeight === 0) {
        const row = rowOf(height / tileHeight);
        if (index >= row.first) row.hashes.push(hash);
      }
      const left = edge[height];
      if (index % 2 === 0 || left === undefined) {
        edge[height] = hash;
        return;
      }
      hash = nodeHash(left, hash);
      index = (index - 1) / 2;
    }
  }

  function root(): Buffer {
    let hash: Buffer | undefined;
    for (let [height, rest] = [0, size]; rest > 0; [height, rest] = [height + 1, Math.floor(rest / 2)]) {
      const left = rest % 2 === 1 ? edge[height] : undefined;
      if (left !== undefined) hash = hash === undefined ? left : nodeHash(left, hash);
    }
    return hash ?? createHash('sha256').digest();
  }

  return {
    get size() {
      return size;
    },
    append,
    root,
    hashes(level, from, to) {
      const { first, hashes } = rowOf(level);
      if (from < first || to > first + hashes.length)
        throw new RangeError(`hashes ${from} to ${to} of level ${level} are not kept`);
      return hashes.slice(from - first, to - first);
    },
    release(upTo) {
      released = Math.max(released, upTo);
      for (const [level, row] of rows.entries()) {
        const first = firstKept(level);
        if (first <= row.first) continue;
        row.hashes = row.hashes.slice(first - row.first);
        row.first = first;
      }
    },
  };
}

/** RFC 6962 section 2.1.1: the audit path of a leaf, from the leaf up. */
export function auditPath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...auditPath(left, index), rootOf(right)]
    : [...auditPath(right, index - split), rootOf(left)];
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const tree = openTree();
  tree.release(Number.MAX_SAFE_INTEGER);
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}
