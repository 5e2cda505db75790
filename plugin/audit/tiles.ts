import { type Tree, tileWidth } from './merkle.ts';
import type { EntryStore } from './store.ts';

/** A tile as it is to be written. */
export interface Tile {
  /** Without the suffix of a partial one. */
  readonly path: string;
  /** Hashes or leaves in it: 256 in a full one. */
  readonly count: number;
  readonly bytes: Buffer;
}

/** `x001/x234/067`: groups of three digits, all but the last with an x (C2SP tlog-tiles). */
export function tileNumber(index: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g) ?? [];
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
}

/** The tiles of a tree that differ from those at its size `from`; `body` gives a leaf's body by its index. */
export function tilesOf(tree: Tree, from: number, body: (index: number) => Buffer): readonly Tile[] {
  const tiles: Tile[] = changed(from, tree.size).map(({ index, count }) => ({
    path: `tile/entries/${tileNumber(index)}`,
    count,
    bytes: entriesTile(Array.from({ length: count }, (_, at) => body(index * tileWidth + at))),
  }));
  for (let level = 0, width = 1; width <= tree.size; level += 1, width *= tileWidth)
    for (const { index, count } of changed(Math.floor(from / width), Math.floor(tree.size / width))) {
      const first = index * tileWidth;
      const bytes = Buffer.concat(tree.hashes(level, first, first + count));
      tiles.push({ path: `tile/${level}/${tileNumber(index)}`, count, bytes });
    }
  return tiles;
}

/** A full tile takes the place of its partial ones. */
export async function writeTile(store: EntryStore, { path, count, bytes }: Tile): Promise<void> {
  if (count < tileWidth) return store.replace(`${path}.p/${count}`, bytes);
  await store.replace(path, bytes);
  await store.remove(`${path}.p`);
}

/** Tiles that differ between two lengths of a row: index and how full. */
function changed(from: number, to: number): { readonly index: number; readonly count: number }[] {
  if (to <= from) return [];
  const first = Math.floor(from / tileWidth);
  const last = Math.ceil(to / tileWidth);
  return Array.from({ length: last - first }, (_, at) => ({
    index: first + at,
    count: Math.min(tileWidth, to - (first + at) * tileWidth),
  }));
}

/** A bundle of leaves: each `u16be length | body`. */
function entriesTile(bodies: readonly Buffer[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(body.length);
      return [length, body];
    }),
  );
}
