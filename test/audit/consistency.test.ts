import t from 'tap';
import { consistencyProof } from '../../plugin/audit/consistency.ts';
import { leafHash, nodeHash, openTree } from '../../plugin/audit/merkle.ts';
import { tilesOf } from '../../plugin/audit/tiles.ts';
import { plainRoot } from '../verify/forger.ts';

const body = (index: number): Buffer => Buffer.from(`leaf ${index}`);
const leaves = Array.from({ length: 1_000 }, (_, index) => leafHash(body(index)));

/** The tiles of a tree in memory. */
function published(size: number) {
  const tree = openTree();
  for (const leaf of leaves.slice(0, size)) tree.append(leaf);
  const files = new Map(
    tilesOf(tree, 0, body).map(({ path, count, bytes }) => [count < 256 ? `${path}.p/${count}` : path, bytes]),
  );
  return {
    list: async (folder: string) =>
      [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
    read: async (path: string) => files.get(path) ?? Buffer.alloc(0),
  };
}

/** RFC 9162 section 2.1.4.2: what a witness does with the proof. */
function consistent(old: number, size: number, proof: readonly Buffer[]): boolean {
  const path = Math.log2(old) % 1 === 0 ? [plainRoot(leaves.slice(0, old)), ...proof] : [...proof];
  let [fn, sn] = [old - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [path[0], path[0]];
  for (const c of path.slice(1)) {
    if (sn === 0 || fr === undefined || sr === undefined) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else sr = nodeHash(sr, c);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  const roots = [plainRoot(leaves.slice(0, old)), plainRoot(leaves.slice(0, size))];
  return sn === 0 && fr?.equals(roots[0] ?? leaves[0] ?? fr) === true && sr?.equals(roots[1] ?? sr) === true;
}

t.test('the tiles prove that every smaller tree is a beginning', async (t) => {
  for (const size of [2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 770, 1_000]) {
    const tiles = published(size);
    for (const old of [1, 2, 3, 6, 128, 255, 256, 257, 300, 512, 769].filter((it) => it < size)) {
      const proof = await consistencyProof(tiles, old, size);
      t.ok(consistent(old, size, proof), `${old} of ${size}`);
      if (proof.length > 0) t.notOk(consistent(old, size, [...proof.slice(0, -1), Buffer.alloc(32)]), 'and no other');
    }
  }
});

t.test('nothing, or the same tree, needs no proof', async (t) => {
  t.same(await consistencyProof(published(5), 0, 5), []);
  t.same(await consistencyProof(published(5), 5, 5), []);
});
