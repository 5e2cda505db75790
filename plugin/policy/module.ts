/** Name of the export that `exportStackPointer` adds. */
export const stackPointer = 'countersign_stack_pointer';

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
const globalSection = 6;
const exportSection = 7;
const headerBytes = 8;
const i32 = 0x7f;
const mutable = 0x01;
const globalKind = 0x03;

/** Unsigned LEB128 at an offset: value and where the next byte is. @throws RangeError at the end of the bytes */
function readSize(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError('the module ends in a number');
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
  throw new RangeError('the module has a number of more than 32 bits');
}

function writeSize(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

/**
 * The module with one export more: its C stack pointer, global 0, which OPA's modules keep to themselves. An aborted
 * call leaves it low; unless it is put back, some 500 aborts use the stack up. A module whose first global is something
 * else is given back as it came.
 * @throws RangeError when the bytes are no module
 */
export function exportStackPointer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let hasStackPointer = false;
  for (let at = headerBytes; at < bytes.length; ) {
    const [size, start] = readSize(bytes, at + 1);
    const end = start + size;
    if (bytes[at] === globalSection) {
      const [count, first] = readSize(bytes, start);
      hasStackPointer = count > 0 && bytes[first] === i32 && bytes[first + 1] === mutable;
    }
    if (bytes[at] === exportSection && hasStackPointer) {
      const [count, entries] = readSize(bytes, start);
      const name = Buffer.from(stackPointer);
      const entry = [...writeSize(name.length), ...name, globalKind, 0];
      const payload = Buffer.concat([
        Buffer.from(writeSize(count + 1)),
        bytes.subarray(entries, end),
        Buffer.from(entry),
      ]);
      const section = [Buffer.from([exportSection, ...writeSize(payload.length)]), payload];
      return new Uint8Array(Buffer.concat([bytes.subarray(0, at), ...section, bytes.subarray(end)]));
    }
    at = end;
  }
  return bytes;
}
