import t from 'tap';
import { leafHash, openTree } from '../../plugin/audit/merkle.ts';
import type { EntryStore } from '../../plugin/audit/store.ts';
import { tileNumber, tilesOf, writeTile } from '../../plugin/audit/tiles.ts';

const body = (index: number): Buffer => Buffer.from(`leaf ${index}`);
const bundle = (from: number, to: number): Buffer =>
  Buffer.concat(
    Array.from({ length: to - from }, (_, at) => {
      const bytes = body(from + at);
      return Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
    }),
  );

/** A store that only keeps what was replaced. */
function memory(): EntryStore & { readonly files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>();
  const no = () => Promise.reject(new Error('not for tiles'));
  return {
    files,
    list: no,
    folders: no,
    read: no,
    readAt: no,
    create: no,
    append: no,
    sync: no,
    truncate: no,
    async replace(path, bytes) {
      files.set(path, Buffer.from(bytes));
    },
    async remove(path) {
      for (const name of files.keys()) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
    },
    close: async () => {},
  };
}

t.test('a tile is numbered in groups of three digits (C2SP tlog-tiles)', async (t) => {
  const rows: readonly [number, string][] = [
    [0, '000'],
    [67, '067'],
    [999, '999'],
    [1_000, 'x001/000'],
    [1_234_067, 'x001/x234/067'],
  ];
  for (const [index, path] of rows) t.equal(tileNumber(index), path);
});

t.test('at any pace of growth the tiles are those of the tree', async (t) => {
  for (const sizes of [[1, 2, 3], [255, 256, 257], [256, 512], [700], [100, 300, 600, 700], [0, 1]]) {
    const store = memory();
    const tree = openTree();
    let from = 0;
    for (const size of sizes) {
      while (tree.size < size) tree.append(leafHash(body(tree.size)));
      for (const tile of tilesOf(tree, from, body)) await writeTile(store, tile);
      from = size;
    }
    const last = sizes.at(-1) ?? 0;
    const label = sizes.join(', ');
    for (let index = 0; index * 256 < last; index += 1) {
      const to = Math.min(last, index * 256 + 256);
      const suffix = to - index * 256 === 256 ? '' : `.p/${to - index * 256}`;
      t.ok(
        store.files.get(`tile/0/${tileNumber(index)}${suffix}`)?.equals(Buffer.concat(tree.hashes(0, index * 256, to))),
        `${label}: hashes ${index}`,
      );
      t.ok(
        store.files.get(`tile/entries/${tileNumber(index)}${suffix}`)?.equals(bundle(index * 256, to)),
        `${label}: entries ${index}`,
      );
    }
    const full = Math.floor(last / 256);
    if (full > 0)
      t.ok(
        store.files.get(`tile/1/000.p/${full}`)?.equals(Buffer.concat(tree.hashes(1, 0, full))),
        `${label}: level 1`,
      );
    const partials = [...store.files.keys()].filter((path) => /^tile\/(0|entries)\/(000|001)\.p\//.test(path));
    t.same(last >= 512 ? partials : [], [], `${label}: a full tile takes the place of its partial ones`);
  }
});
