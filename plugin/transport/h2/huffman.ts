/** The Huffman code of HPACK: RFC 7541 section 5.2 and appendix B. */

/**
 * Bits of the code of each octet, and of EOS at the end. The code is canonical: shorter codes come first, and within a
 * length they ascend with the symbol, so that lengths say all.
 */
const lengths = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  [30],
].flat();

const eos = 256;

/** The code tree: a node is a pair of children; a leaf is `-1 - symbol`. Node 0 is the root. */
function buildTree(): Int16Array {
  const tree = new Int16Array(2 * eos);
  let nodes = 1;
  let code = 0;
  let bits = 0;
  const ordered = lengths.map((length, symbol) => ({ length, symbol })).sort((a, b) => a.length - b.length);
  for (const { length, symbol } of ordered) {
    code *= 2 ** (length - bits);
    bits = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const branch = 2 * node + ((code >>> bit) & 1);
      if (tree[branch] === 0) tree[branch] = nodes++;
      node = tree[branch] ?? 0;
    }
    tree[2 * node + (code & 1)] = -1 - symbol;
    code += 1;
  }
  return tree;
}

const emits = 0x1_0000;
const fails = 0x2_0000;

/** For each node and next four bits: the next node (bits 0-7), the octet that came out (8-15), and what happened. */
function buildSteps(tree: Int16Array): Int32Array {
  const steps = new Int32Array(16 * eos);
  for (let from = 0; from < eos; from++)
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = from;
      let happened = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const next = tree[2 * node + ((nibble >> bit) & 1)] ?? 0;
        if (next >= 0) node = next;
        else {
          happened |= next === -1 - eos ? fails : emits | ((-1 - next) << 8);
          node = 0;
        }
      }
      steps[16 * from + nibble] = happened | node;
    }
  return steps;
}

/** Nodes at which a string may end: less than a byte of ones, the first bits of EOS, is padding. */
function buildEnds(tree: Int16Array): Uint8Array {
  const ends = new Uint8Array(eos);
  for (let node = 0, depth = 0; depth < 8; depth++) {
    ends[node] = 1;
    node = tree[2 * node + 1] ?? 0;
  }
  return ends;
}

const tree = buildTree();
const steps = buildSteps(tree);
const ends = buildEnds(tree);
let scratch = Buffer.alloc(4096);

/** The octets of a Huffman-coded string as latin1, or null when it is none. At most 8/5 of its bytes come out. */
export function decodeHuffman(bytes: Buffer, from: number, to: number): string | null {
  const most = Math.ceil(((to - from) * 8) / 5);
  if (scratch.length < most) scratch = Buffer.alloc(most);
  let node = 0;
  let length = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    for (const nibble of [byte >> 4, byte & 15]) {
      const step = steps[16 * node + nibble] ?? fails;
      if (step >= emits) {
        if (step >= fails) return null;
        scratch[length++] = step >> 8;
      }
      node = step & 0xff;
    }
  }
  return ends[node] === 1 ? scratch.toString('latin1', 0, length) : null;
}
