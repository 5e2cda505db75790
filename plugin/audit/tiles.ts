import type { Tree } from './merkle.ts';
import type { EntryStore } from './store.ts';

/** Hashes of a full tile (C2SP tlog-tiles). */
export const tileWidth = 256;
const heightOfTile = 8;

/** `x001/x234/067`: groups of three digits, all but the last with an x (C2SP tlog-tiles). */
export function tileNumber(index: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g) ?? [];
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
}

/** Writes the tiles of a tree that has grown; `body` gives a leaf's body by its index. */
export async function writeTiles(
  store: EntryStore,
  tree: Tree,
  from: number,
  body: (index: number) => Buffer,
): Promise<void> {
  const { size } = tree;
  for (const { index, count } of changed(from, size)) {
    const first = index * tileWidth;
    const bodies = Array.from({ length: count }, (_, at) => body(first + at));
    await write(store, 'entries', index, count, entriesTile(bodies));
  }
  for (let level = 0; size >>> (heightOfTile * level) > 0 && level < 4; level += 1) {
    const [before, after] = [from, size].map((it) => Math.floor(it / tileWidth ** level)) as [number, number];
    for (const { index, count } of changed(before, after))
      await write(
        store,
        String(level),
        index,
        count,
        tree.hashes(heightOfTile * level, index * tileWidth, index * tileWidth + count),
      );
  }
}

/** Tiles that differ between two sizes: index and how full. */
function changed(from: number, to: number): { readonly index: number; readonly count: number }[] {
  if (to <= from) return [];
  const first = Math.floor(from / tileWidth);
  const last = Math.ceil(to / tileWidth);
  return Array.from({ length: last - first }, (_, at) => ({
    index: first + at,
    count: Math.min(tileWidth, to - (first + at) * tileWidth),
  }));
}

/** A full tile takes the place of its partial ones. */
async function write(store: EntryStore, level: string, index: number, count: number, bytes: Buffer): Promise<void> {
  const path = `tile/${level}/${tileNumber(index)}`;
  if (count < tileWidth) return store.replace(`${path}.p/${count}`, bytes);
  await store.replace(path, bytes);
  await store.remove(`${path}.p`);
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
