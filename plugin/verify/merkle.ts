import { hash } from 'node:crypto';

/** Hashes in one tile (C2SP tlog-tiles, height 8). */
export const tileWidth = 256;

/** Bytes of a SHA-256. */
export const hashBytes = 32;
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** RFC 6962 section 2.1: the hash of a leaf's body. */
export function leafHash(body: Uint8Array): Buffer {
  return sha256(Buffer.concat([leafPrefix, body]));
}

const scratch = Buffer.alloc(1 + 2 * hashBytes);
nodePrefix.copy(scratch);

function nodeHash(left: Buffer, right: Buffer): Buffer {
  left.copy(scratch, 1);
  right.copy(scratch, 1 + hashBytes);
  return sha256(scratch);
}

/** RFC 6962 section 2.1 over hashes that are subtrees of one size, the last of them possibly a smaller one. */
export function treeHash(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return sha256(Buffer.alloc(0));
  if (hashes.length === 1) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(treeHash(hashes.slice(0, split)), treeHash(hashes.slice(split)));
}

/**
 * RFC 9162 section 2.1.3.2: the root that an audit path leads to from a leaf in a tree of that size; null when the path
 * is not as long as that of such a leaf.
 */
export function rootOfPath(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  if (index >= size) return null;
  let [fn, sn, hash] = [index, size - 1, leaf];
  const up = () => {
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  };
  for (const sibling of path) {
    if (sn === 0 || sibling.length !== hashBytes) return null;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) up();
    } else hash = nodeHash(hash, sibling);
    up();
  }
  return sn === 0 ? hash : null;
}

/** A tile that is full, or the right edge of its level: its hashes, one after the other. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly bytes: Buffer;
}

/** A tree that only grows and remembers only its right edge: at most 256 hashes a level. */
export interface Tree {
  readonly size: number;
  append(leaf: Buffer): void;
  root(): Buffer;
  /** The tiles of the right edge that are not full. */
  edge(): Tile[];
}

/** An empty tree. `onTile` gets each tile when its last hash arrives. */
export function openTree(onTile: (tile: Tile) => void): Tree {
  const levels: { full: number; hashes: Buffer[] }[] = [];
  let size = 0;

  function push(level: number, value: Buffer): void {
    levels[level] ??= { full: 0, hashes: [] };
    const at = levels[level];
    at.hashes.push(value);
    if (at.hashes.length < tileWidth) return;
    const root = treeHash(at.hashes);
    onTile({ level, index: at.full, bytes: Buffer.concat(at.hashes) });
    at.full += 1;
    at.hashes = [];
    push(level + 1, root);
  }

  return {
    get size() {
      return size;
    },
    append(leaf) {
      size += 1;
      push(0, leaf);
    },
    root() {
      const rest = levels.reduce<Buffer | null>((below, { hashes }) => {
        const row = below === null ? hashes : [...hashes, below];
        return row.length === 0 ? null : treeHash(row);
      }, null);
      return rest ?? treeHash([]);
    },
    edge: () =>
      levels.flatMap(({ full, hashes }, level) =>
        hashes.length === 0 ? [] : [{ level, index: full, bytes: Buffer.concat(hashes) }],
      ),
  };
}
