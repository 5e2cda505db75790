import { nodeHash, tileWidth } from './merkle.ts';
import type { EntryStore } from './store.ts';
import { tileNumber } from './tiles.ts';

const hashBytes = 32;
const tileHeight = 8;

type Tiles = Pick<EntryStore, 'list' | 'read'>;

/**
 * Proof that the tree of `old` leaves is a beginning of that of `size`, both published (RFC 6962 section 2.1.2), read
 * out of the published tiles. Empty for `old` 0 and for `old` equal to `size`.
 * @throws when a tile can't be read
 */
export async function consistencyProof(store: Tiles, old: number, size: number): Promise<readonly Buffer[]> {
  return old === 0 ? [] : proof(store, { old, from: 0, to: size, known: true });
}

/** A part of the tree. `known`: whoever checks has the hash over all of it already, since the old tree ends there. */
interface Part {
  readonly old: number;
  readonly from: number;
  readonly to: number;
  readonly known: boolean;
}

async function proof(store: Tiles, { old, from, to, known }: Part): Promise<readonly Buffer[]> {
  if (old === to) return known ? [] : [await rangeRoot(store, from, to)];
  const split = from + 2 ** Math.floor(Math.log2(to - from - 1));
  return old <= split
    ? [...(await proof(store, { old, from, to: split, known })), await rangeRoot(store, split, to)]
    : [...(await proof(store, { old, from: split, to, known: false })), await rangeRoot(store, from, split)];
}

/** Root over the leaves `from` to `to`; `from` is a multiple of the largest power of two in `to - from`. */
async function rangeRoot(store: Tiles, from: number, to: number): Promise<Buffer> {
  const width = to - from;
  const height = Math.floor(Math.log2(width));
  if (width !== 2 ** height) {
    const split = from + 2 ** height;
    return nodeHash(await rangeRoot(store, from, split), await rangeRoot(store, split, to));
  }
  const level = Math.floor(height / tileHeight);
  const row = from / tileWidth ** level;
  return joined(await hashesOf(store, level, row, 2 ** (height % tileHeight)));
}

/** Neighbouring hashes of one row, which are in one tile: the full one, or a partial one that has them. */
async function hashesOf(store: Tiles, level: number, first: number, count: number): Promise<readonly Buffer[]> {
  const path = `tile/${level}/${tileNumber(Math.floor(first / tileWidth))}`;
  const at = first % tileWidth;
  const widths = (await store.list(`${path}.p`)).filter((name) => /^[1-9][0-9]{0,2}$/.test(name)).map(Number);
  const width = widths.find((elements) => elements >= at + count);
  const bytes = await store.read(width === undefined ? path : `${path}.p/${width}`);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray((at + index) * hashBytes, (at + index + 1) * hashBytes),
  );
}

function joined(hashes: readonly Buffer[]): Buffer {
  const [only = Buffer.alloc(0)] = hashes;
  if (hashes.length <= 1) return only;
  const half = hashes.length / 2;
  return nodeHash(joined(hashes.slice(0, half)), joined(hashes.slice(half)));
}
