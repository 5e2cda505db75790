/** A canonical Huffman code (RFC 1951 section 3.2.2). */
export interface Huffman {
  /** By the next nine bits: the symbol shifted left by four, and its length; 0 for longer codes. */
  readonly fast: Uint16Array;
  /** Codes by length. */
  readonly count: Uint16Array;
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array;
}

/** Bits of the longest code. */
export const longestCode = 15;
/** Bits of `fast`; most codes are no longer. */
export const fastBits = 9;

/**
 * The code with these lengths by symbol; 0 is a symbol without a code. Null when there is no such code: more codes than
 * there is room for, or room left, but for a code of one symbol where `single` allows it, as zlib does.
 */
export function huffman(lengths: Uint8Array, single: boolean): Huffman | null {
  const count = new Uint16Array(longestCode + 1);
  for (const length of lengths) count[length] = (count[length] as number) + 1;
  count[0] = 0;
  let left = 1;
  let longest = 0;
  const next = new Uint16Array(longestCode + 2);
  const offsets = new Uint16Array(longestCode + 2);
  for (let length = 1; length <= longestCode; length++) {
    const here = count[length] as number;
    left = 2 * left - here;
    if (left < 0) return null;
    if (here > 0) longest = length;
    next[length + 1] = ((next[length] as number) + here) << 1;
    offsets[length + 1] = (offsets[length] as number) + here;
  }
  if (left > 0 && longest > 0 && !(single && longest === 1)) return null;

  const symbols = new Uint16Array(lengths.length);
  const fast = new Uint16Array(1 << fastBits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] as number;
    if (length === 0) continue;
    const place = offsets[length] as number;
    symbols[place] = symbol;
    offsets[length] = place + 1;
    const code = next[length] as number;
    next[length] = code + 1;
    if (length > fastBits) continue;
    for (let bits = reversed(code, length); bits < fast.length; bits += 1 << length)
      fast[bits] = (symbol << 4) | length;
  }
  return { fast, count, symbols };
}

/** Codes stand in the stream with their first bit lowest. */
function reversed(code: number, length: number): number {
  let bits = 0;
  for (let i = 0; i < length; i++) bits |= ((code >> i) & 1) << (length - 1 - i);
  return bits;
}
