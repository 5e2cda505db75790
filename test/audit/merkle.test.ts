import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { leafHash, nodeHash, openTree } from '../../plugin/audit/merkle.ts';

/** RFC 6962 section 2.1 by its definition, slow and plain. */
function plainRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest();
  if (leaves.length === 1) return leaves[0] as Buffer;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(plainRoot(leaves.slice(0, split)), plainRoot(leaves.slice(split)));
}

/** RFC 9162 section 2.1.3.2: what a reader does with an inclusion proof. */
function rootFrom(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? hash : null;
}

const leaf = (index: number): Buffer => leafHash(Buffer.from(`${index}`));

function grown(size: number) {
  const tree = openTree();
  for (let index = 0; index < size; index += 1) tree.append(leaf(index));
  return tree;
}

t.test('leaves and nodes are separated by their prefixes', async (t) => {
  t.equal(
    leafHash(Buffer.alloc(0)).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  t.notOk(leafHash(Buffer.alloc(64)).equals(nodeHash(Buffer.alloc(32), Buffer.alloc(32))));
});

t.test('every size has the root of the definition, also after the tree has grown past it', async (t) => {
  const tree = openTree();
  const leaves: Buffer[] = [];
  t.equal(tree.root().toString('hex'), plainRoot([]).toString('hex'));
  for (let size = 1; size <= 300; size += 1) {
    tree.append(leaf(size));
    leaves.push(leaf(size));
    if (!tree.root().equals(plainRoot(leaves))) t.fail(`root at ${size}`);
  }
  for (const size of [0, 1, 2, 3, 63, 64, 65, 255, 256, 257, 300])
    t.ok(tree.rootAt(size).equals(plainRoot(leaves.slice(0, size))), `root at ${size} of 300`);
});

t.test('every inclusion proof leads to the root, and no other leaf has it', async () => {
  const tree = grown(300);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(299), (size, some, other) => {
      const index = some % size;
      const path = tree.inclusion(index, size);
      const root = tree.rootAt(size);
      const found = rootFrom(leaf(index), index, size, path);
      const wrong = rootFrom(leaf(other), index, size, path);
      return found?.equals(root) === true && (other === index || wrong?.equals(root) === false);
    }),
  );
});

t.test('hashes of complete subtrees stand side by side', async (t) => {
  const tree = grown(11);
  t.ok(tree.hashes(0, 3, 5).equals(Buffer.concat([leaf(3), leaf(4)])));
  t.ok(tree.hashes(1, 0, 1).equals(nodeHash(leaf(0), leaf(1))));
  t.ok(tree.hashes(3, 0, 1).equals(tree.rootAt(8)));
});
