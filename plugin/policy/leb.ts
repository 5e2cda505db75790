/**
 * Unsigned LEB128 at an offset: value and where the next byte is.
 * https://webassembly.github.io/spec/core/binary/values.html#integers
 * @throws RangeError at the end of the bytes, and for more than 32 bits
 */
export function readSize(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0;
  let next = at;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[next++];
    if (byte === undefined) throw new RangeError('the module ends in a number');
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, next];
  }
  throw new RangeError('the module has a number of more than 32 bits');
}

/** Unsigned LEB128 of a whole number. */
export function writeSize(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
