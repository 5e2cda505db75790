import { createHash } from 'node:crypto';

const hashBytes = 32;
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

/** An append-only Merkle tree that keeps the hash of every complete subtree: 64 bytes a leaf. */
export interface Tree {
  readonly size: number;
  append(leaf: Buffer): void;
  /** Root over all leaves; SHA-256 of nothing for an empty tree. */
  root(): Buffer;
  /** Root over the first `size` leaves. */
  rootAt(size: number): Buffer;
  /** Audit path of a leaf in the tree of that size, from the leaf up (RFC 6962 section 2.1.1). */
  inclusion(index: number, size: number): Buffer[];
  /** Hashes `from` to `to` (exclusive) of the complete subtrees of 2^height leaves, side by side. */
  hashes(height: number, from: number, to: number): Buffer;
}

/** An empty tree. */
export function openTree(): Tree {
  const levels: Level[] = [];
  let size = 0;

  function level(height: number): Level {
    const there = levels[height] ?? openLevel();
    levels[height] = there;
    return there;
  }

  function append(leaf: Buffer): void {
    size += 1;
    let hash = leaf;
    for (let height = 0; ; height += 1) {
      const here = level(height);
      here.push(hash);
      if (here.count % 2 === 1) return;
      hash = nodeHash(here.at(here.count - 2), here.at(here.count - 1));
    }
  }

  /** Root over the leaves `from` to `to`; `from` is a multiple of the largest power of two below `to - from`. */
  function range(from: number, to: number): Buffer {
    const width = to - from;
    const height = Math.floor(Math.log2(width));
    if (width === 2 ** height) return level(height).at(from / width);
    const split = from + 2 ** height;
    return nodeHash(range(from, split), range(split, to));
  }

  function path(index: number, from: number, to: number): Buffer[] {
    const width = to - from;
    if (width === 1) return [];
    const split = from + 2 ** Math.floor(Math.log2(width - 1));
    return index < split
      ? [...path(index, from, split), range(split, to)]
      : [...path(index, split, to), range(from, split)];
  }

  const rootAt = (at: number) => (at === 0 ? createHash('sha256').digest() : range(0, at));
  return {
    get size() {
      return size;
    },
    append,
    root: () => rootAt(size),
    rootAt,
    inclusion: (index, at) => path(index, 0, at),
    hashes: (height, from, to) => level(height).slice(from, to),
  };
}

interface Level {
  readonly count: number;
  push(hash: Buffer): void;
  at(index: number): Buffer;
  slice(from: number, to: number): Buffer;
}

function openLevel(): Level {
  let bytes = Buffer.alloc(hashBytes * 64);
  let count = 0;
  const slice = (from: number, to: number) => bytes.subarray(from * hashBytes, to * hashBytes);
  return {
    get count() {
      return count;
    },
    push(hash) {
      if ((count + 1) * hashBytes > bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
      hash.copy(bytes, count * hashBytes);
      count += 1;
    },
    at: (index) => slice(index, index + 1),
    slice,
  };
}
