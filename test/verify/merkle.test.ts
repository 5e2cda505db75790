import fc from 'fast-check';
import t from 'tap';
import { leafHash, openTree, type Tile, treeHash } from '../../plugin/verify/merkle.ts';
import { plainRoot } from './forger.ts';

const leaf = (index: number): Buffer => leafHash(Buffer.from(`${index}`));

t.test('the tree is RFC 6962 at every size', async (t) => {
  t.equal(
    leafHash(Buffer.alloc(0)).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  t.equal(treeHash([]).toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const tiles: Tile[] = [];
  const tree = openTree((tile) => tiles.push(tile));
  const leaves: Buffer[] = [];
  for (let size = 1; size <= 700; size += 1) {
    leaves.push(leaf(size));
    tree.append(leaf(size));
    if (size % 7 === 0 || size % 256 < 2) t.equal(tree.root().toString('hex'), plainRoot(leaves).toString('hex'));
  }
  t.equal(tree.size, 700);
  t.same(
    tiles.map(({ level, index }) => [level, index]),
    [
      [0, 0],
      [0, 1],
    ],
  );
  t.ok(tiles[1]?.bytes.equals(Buffer.concat(leaves.slice(256, 512))));
  t.same(
    tree.edge().map(({ level, index, bytes }) => [level, index, bytes.length / 32]),
    [
      [0, 2, 188],
      [1, 0, 2],
    ],
  );
});

t.test('no two lists of leaves have one root', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 12 }), fc.array(fc.nat(9), { maxLength: 12 }), (one, other) => {
      const same = one.length === other.length && one.every((value, index) => value === other[index]);
      return same === treeHash(one.map(leaf)).equals(treeHash(other.map(leaf)));
    }),
  );
});
