import { readSize, writeSize } from './leb.ts';

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
export const sectionIds = { imports: 2, globals: 6, exports: 7, code: 10 } as const;

/** One section of a module: its payload without id and size. */
export interface Section {
  readonly id: number;
  readonly payload: Uint8Array;
}

const headerBytes = 8;
const globalKind = 0x03;

/** The sections of a module, in order. @throws RangeError when the bytes are cut off */
export function readSections(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = headerBytes; at < bytes.length; ) {
    const [size, start] = readSize(bytes, at + 1);
    const end = start + size;
    if (end > bytes.length) throw new RangeError('the module is cut off');
    sections.push({ id: bytes[at] ?? 0, payload: bytes.subarray(start, end) });
    at = end;
  }
  return sections;
}

/** A module with the version that `bytes` begin with. */
export function writeSections(bytes: Uint8Array, sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const written = sections.flatMap(({ id, payload }) => [Uint8Array.of(id, ...writeSize(payload.length)), payload]);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, headerBytes), ...written]));
}

/** A vector's payload with one element more: its index and the new payload. */
export function append(payload: Uint8Array, element: readonly number[]): readonly [index: number, payload: Uint8Array] {
  const [count, first] = readSize(payload, 0);
  return [
    count,
    Buffer.concat([Uint8Array.from(writeSize(count + 1)), payload.subarray(first), Uint8Array.from(element)]),
  ];
}

/** An entry of the export section that gives a global a name. */
export function globalExport(name: string, index: number): number[] {
  const bytes = Buffer.from(name);
  return [...writeSize(bytes.length), ...bytes, globalKind, ...writeSize(index)];
}
