import { CountersignError } from '../../errors.ts';
import { type Huffman, huffman, longestCode } from './huffman.ts';

/** A DEFLATE stream as it comes. */
export interface Inflate {
  /**
   * Takes the next bytes, and emits what they decode to before it returns.
   * @returns the bytes after the stream's end; null while it has not ended
   * @throws CountersignError `mask_impossible` when it is damaged
   */
  push(chunk: Uint8Array): Uint8Array | null;
}

/** How far back a copy may reach (RFC 1951 section 2). */
const historyBytes = 32_768;
const longestCopy = 258;
const outputBytes = 65_536;

/** Lengths and distances of copies by symbol (section 3.2.5), and the order of code lengths (section 3.2.7). */
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const lengthBase = bases(3, lengthExtra).with(28, longestCopy);
const distanceExtra = Array.from({ length: 30 }, (_, symbol) => Math.max(0, (symbol >> 1) - 1));
const distanceBase = bases(1, distanceExtra);
const codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function bases(first: number, extra: readonly number[]): number[] {
  let base = first;
  return extra.map((bits) => {
    const here = base;
    base += 1 << bits;
    return here;
  });
}

const fixedLiterals = required(
  huffman(
    Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
    false,
  ),
);
const fixedDistances = required(huffman(new Uint8Array(32).fill(5), false));

/**
 * Opens the decoding of one raw DEFLATE stream (RFC 1951). Node's own decoder goes on in another thread, and only the
 * whole of a body can be had from it at once; masks need what a chunk decodes to when the chunk comes. Memory: some
 * 100 KB.
 * @param emit is given bytes that nobody changes afterwards
 */
export function openInflate(emit: (bytes: Uint8Array) => void): Inflate {
  let input: Uint8Array = new Uint8Array(0);
  let at = 0;
  /** Bits that were read of the input and not used, the next one lowest. */
  let hold = 0;
  let bits = 0;

  const output = Buffer.allocUnsafe(historyBytes + outputBytes + longestCopy);
  let length = 0;
  let emitted = 0;

  let mode: 'block' | 'stored' | 'codes' | 'end' = 'block';
  let last = false;
  let stored = 0;
  let literals = fixedLiterals;
  let distances = fixedDistances;

  /** Whether that many bits, 16 at most, are there. */
  function need(count: number): boolean {
    while (bits < count) {
      if (at >= input.length) return false;
      hold |= (input[at++] as number) << bits;
      bits += 8;
    }
    return true;
  }

  function take(count: number): number {
    const value = hold & ((1 << count) - 1);
    hold >>>= count;
    bits -= count;
    return value;
  }

  /** The next symbol; -1 when its bits are not all there. */
  function symbol({ fast, count, symbols }: Huffman): number {
    while (bits < longestCode && at < input.length) {
      hold |= (input[at++] as number) << bits;
      bits += 8;
    }
    const entry = fast[hold & 511] as number;
    if (entry !== 0) {
      const used = entry & 15;
      if (used > bits) return -1;
      hold >>>= used;
      bits -= used;
      return entry >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let used = 1; used <= longestCode; used++) {
      if (used > bits) return -1;
      code |= (hold >>> (used - 1)) & 1;
      const here = count[used] as number;
      if (code - here < first) {
        hold >>>= used;
        bits -= used;
        return symbols[index + code - first] as number;
      }
      index += here;
      first = (first + here) << 1;
      code <<= 1;
    }
    throw damaged('a code is not one of its block');
  }

  function flush(): void {
    if (length > emitted) emit(Buffer.from(output.subarray(emitted, length)));
    if (length > historyBytes) {
      output.copyWithin(0, length - historyBytes, length);
      length = historyBytes;
    }
    emitted = length;
  }

  /** Runs a step that needs input; where that is not all there, nothing has happened. */
  function whole(step: () => boolean): boolean {
    const before = { at, hold, bits };
    if (step()) return true;
    ({ at, hold, bits } = before);
    return false;
  }

  function beginBlock(): boolean {
    if (!need(3)) return false;
    const final = take(1) === 1;
    const begin = blocks[take(2)];
    if (begin === undefined) throw damaged('a block is of no known kind');
    if (!begin()) return false;
    last = final;
    return true;
  }

  const blocks: readonly (() => boolean)[] = [
    () => {
      take(bits & 7);
      if (!need(16)) return false;
      const size = take(16);
      if (!need(16)) return false;
      if (take(16) !== (size ^ 0xffff)) throw damaged('the length of a block is wrong');
      stored = size;
      mode = 'stored';
      return true;
    },
    () => {
      literals = fixedLiterals;
      distances = fixedDistances;
      mode = 'codes';
      return true;
    },
    beginDynamic,
  ];

  function beginDynamic(): boolean {
    if (!need(14)) return false;
    const literalCodes = take(5) + 257;
    const distanceCodes = take(5) + 1;
    const lengthCodes = take(4) + 4;
    if (literalCodes > 286 || distanceCodes > 30) throw damaged('a block has too many codes');
    const codeLengths = new Uint8Array(19);
    for (let i = 0; i < lengthCodes; i++) {
      if (!need(3)) return false;
      codeLengths[codeOrder[i] as number] = take(3);
    }
    const lengths = readLengths(required(huffman(codeLengths, false)), literalCodes + distanceCodes);
    if (lengths === null) return false;
    if (lengths[256] === 0) throw damaged('a block has no end');
    literals = required(huffman(lengths.subarray(0, literalCodes), true));
    distances = required(huffman(lengths.subarray(literalCodes), true));
    mode = 'codes';
    return true;
  }

  function readLengths(codes: Huffman, total: number): Uint8Array | null {
    const lengths = new Uint8Array(total);
    for (let done = 0; done < total; ) {
      const code = symbol(codes);
      if (code < 0) return null;
      if (code < 16) {
        lengths[done++] = code;
        continue;
      }
      const [extra, least] = code === 16 ? [2, 3] : code === 17 ? [3, 3] : [7, 11];
      if (!need(extra)) return null;
      const end = done + least + take(extra);
      if (end > total || (code === 16 && done === 0)) throw damaged('a block has too many code lengths');
      lengths.fill(code === 16 ? (lengths[done - 1] as number) : 0, done, end);
      done = end;
    }
    return lengths;
  }

  function copyStored(): boolean {
    while (stored > 0) {
      if (length >= historyBytes + outputBytes) flush();
      if (bits >= 8) {
        output[length++] = take(8);
        stored--;
        continue;
      }
      const count = Math.min(stored, input.length - at, historyBytes + outputBytes - length);
      if (count === 0) return false;
      output.set(input.subarray(at, at + count), length);
      at += count;
      length += count;
      stored -= count;
    }
    mode = last ? 'end' : 'block';
    return true;
  }

  function decode(): boolean {
    for (;;) {
      if (length >= historyBytes + outputBytes) flush();
      const atBefore = at;
      const holdBefore = hold;
      const bitsBefore = bits;
      const code = symbol(literals);
      if (code >= 0 && code < 256) {
        output[length++] = code;
        continue;
      }
      if (code === 256) {
        mode = last ? 'end' : 'block';
        return true;
      }
      if (code < 0 || !copy(code - 257)) {
        at = atBefore;
        hold = holdBefore;
        bits = bitsBefore;
        return false;
      }
    }
  }

  function copy(code: number): boolean {
    if (code >= lengthBase.length) throw damaged('a length is none');
    const extra = lengthExtra[code] as number;
    if (!need(extra)) return false;
    const count = (lengthBase[code] as number) + take(extra);
    const distanceCode = symbol(distances);
    if (distanceCode < 0) return false;
    if (distanceCode >= distanceBase.length) throw damaged('a distance is none');
    const distanceBits = distanceExtra[distanceCode] as number;
    if (!need(distanceBits)) return false;
    const distance = (distanceBase[distanceCode] as number) + take(distanceBits);
    if (distance > length) throw damaged('a distance goes before its beginning');
    for (let from = length - distance, end = from + count; from < end; from++)
      output[length++] = output[from] as number;
    return true;
  }

  const steps = { block: () => whole(beginBlock), stored: copyStored, codes: decode, end: () => false } as const;

  return {
    push(chunk) {
      input = input.length === at ? chunk : Buffer.concat([input.subarray(at), chunk]);
      at = 0;
      while (steps[mode]());
      flush();
      if (mode !== 'end') {
        input = Buffer.from(input.subarray(at));
        at = 0;
        return null;
      }
      take(bits & 7);
      const unused: number[] = [];
      while (bits > 0) unused.push(take(8));
      return Buffer.concat([Buffer.from(unused), input.subarray(at)]);
    },
  };
}

function required(code: Huffman | null): Huffman {
  if (code === null) throw damaged('the codes of a block are not sound');
  return code;
}

/** The error for compressed bytes that are not what they should be. */
export function damaged(what: string): CountersignError {
  return new CountersignError('mask_impossible', `the response's content-encoding is damaged: ${what}`);
}
