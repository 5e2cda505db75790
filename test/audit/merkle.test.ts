import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { auditPath, leafHash, nodeHash, openTree } from '../../plugin/audit/merkle.ts';

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

t.test('every size has the root of the definition, also where all is released', async (t) => {
  const [tree, released] = [openTree(), openTree()];
  released.release(Number.MAX_SAFE_INTEGER);
  const leaves: Buffer[] = [];
  t.equal(tree.root().toString('hex'), plainRoot([]).toString('hex'));
  for (let size = 1; size <= 600; size += 1) {
    for (const one of [tree, released]) one.append(leaf(size));
    leaves.push(leaf(size));
    for (const one of [tree, released]) if (!one.root().equals(plainRoot(leaves))) t.fail(`root at ${size}`);
  }
});

t.test('every inclusion proof leads to the root, and no other leaf has it', async () => {
  const leaves = Array.from({ length: 300 }, (_, index) => leaf(index));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(299), (size, some, other) => {
      const index = some % size;
      const path = auditPath(leaves.slice(0, size), index);
      const root = plainRoot(leaves.slice(0, size));
      const found = rootFrom(leaf(index), index, size, path);
      const wrong = rootFrom(leaf(other), index, size, path);
      return found?.equals(root) === true && (other === index || wrong?.equals(root) === false);
    }),
  );
});

t.test('a row has the complete subtrees of its level, until they are released', async (t) => {
  const tree = grown(1_000);
  const subtree = (from: number) => plainRoot(Array.from({ length: 256 }, (_, at) => leaf(from + at)));
  t.same(tree.hashes(0, 3, 5), [leaf(3), leaf(4)]);
  t.same(tree.hashes(1, 1, 3), [subtree(256), subtree(512)]);
  t.throws(() => tree.hashes(1, 3, 4), RangeError);
  t.throws(() => tree.hashes(0, 999, 1_001), RangeError);
  tree.release(513);
  t.same(tree.hashes(0, 512, 513), [leaf(512)]);
  t.throws(() => tree.hashes(0, 511, 512), RangeError);
  t.same(tree.hashes(1, 0, 1), [subtree(0)], 'its tile is not full');
  tree.release(100);
  t.throws(() => tree.hashes(0, 511, 512), RangeError, 'what is released stays so');
});
