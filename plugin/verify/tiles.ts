import type { Folder } from './folder.ts';
import { hashBytes, type Tile, tileWidth } from './merkle.ts';
import type { Findings } from './report.ts';

/** Path of a tile without its width (C2SP tlog-tiles): the index in groups of three digits, all but the last with x. */
export function tilePath(level: number | 'entries', index: number): string {
  const digits = `${index}`.padStart(Math.ceil(`${index}`.length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g) ?? [];
  return `tile/${level}/${groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')}`;
}

/** Hashes that a tree of `size` leaves has in one tile: 0 to 256. */
export function widthAt(size: number, level: number, index: number): number {
  const row = Math.floor(size / tileWidth ** level);
  return Math.max(0, Math.min(tileWidth, row - index * tileWidth));
}

/** What the log says a tile holds: `upTo(w)` is the file of its first `w` elements, `width` how many there are. */
interface Content {
  readonly path: string;
  readonly width: number;
  upTo(width: number): Buffer;
}

/** Compares every file of a tile, full or partial, with what the log says; `needed` elements must be there. */
function compare(folder: Folder, findings: Findings, content: Content, needed: number): void {
  const { path, width } = content;
  const partials = folder.names(`${path}.p`).filter((name) => /^[1-9][0-9]{0,2}$/.test(name));
  let found = 0;
  const check = (file: string, elements: number): void => {
    if (elements > width) return;
    const bytes = folder.read(file);
    if (bytes === null) return;
    if (elements === needed || elements === tileWidth) found = Math.max(found, elements);
    if (!bytes.equals(content.upTo(elements)))
      findings.add('tile_differs', file, 'the tile is not what the batches in the segments make');
  };
  check(path, tileWidth);
  for (const name of partials) check(`${path}.p/${name}`, Number(name));
  if (needed > 0 && found < needed)
    findings.add(
      'tile_missing',
      needed === tileWidth ? path : `${path}.p/${needed}`,
      'the checkpoint covers this tile, but it is not there',
    );
}

/** Compares a tile of hashes. `published` is the size that the checkpoint covers. */
export function compareTile(folder: Folder, findings: Findings, tile: Tile, published: number): void {
  const { level, index, bytes } = tile;
  compare(
    folder,
    findings,
    {
      path: tilePath(level, index),
      width: bytes.length / hashBytes,
      upTo: (width) => bytes.subarray(0, width * hashBytes),
    },
    widthAt(published, level, index),
  );
}

/** Compares a bundle of entries (leaf bodies): `u16be length | body`, repeated. */
export function compareBundle(
  folder: Folder,
  findings: Findings,
  index: number,
  bodies: readonly Buffer[],
  published: number,
): void {
  const upTo = (width: number): Buffer =>
    Buffer.concat(
      bodies.slice(0, width).flatMap((body) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(body.length);
        return [length, body];
      }),
    );
  compare(
    folder,
    findings,
    { path: tilePath('entries', index), width: bodies.length, upTo },
    widthAt(published, 0, index),
  );
}
