import { readSize } from './leb.ts';

/** Reads past one instruction's immediates: where the next instruction begins. */
type Skip = (bytes: Uint8Array, at: number) => number;

const none: Skip = (_, at) => at;
const byte: Skip = (_, at) => at + 1;

/** One LEB128 number of whatever sign: its last byte is below 0x80. */
const number: Skip = (bytes, at) => {
  let next = at;
  while ((bytes[next] ?? 0) >= 0x80) next++;
  return next + 1;
};

const numbers: Skip = (bytes, at) => number(bytes, number(bytes, at));

const labels: Skip = (bytes, at) => {
  const [count, first] = readSize(bytes, at);
  let next = first;
  for (let i = 0; i <= count; i++) next = number(bytes, next);
  return next;
};

const access: Skip = (bytes, at) => {
  // From bit 6 on an alignment tells of a second memory.
  if ((bytes[at] ?? 0) >= 0x40) throw new RangeError('an access to a second memory');
  return numbers(bytes, at);
};

/** Of the instructions after 0xfc only the saturating conversions: the others move any amount of memory at once. */
const prefixed: Skip = (bytes, at) => {
  const [code, next] = readSize(bytes, at);
  if (code > 7) throw new RangeError(`the bulk instruction 0xfc ${code}`);
  return next;
};

/** https://webassembly.github.io/spec/core/binary/instructions.html: first and last opcode, and what follows them. */
const ranges: readonly (readonly [first: number, last: number, skip: Skip])[] = [
  [0x00, 0x01, none],
  [0x02, 0x04, number],
  [0x05, 0x05, none],
  [0x0b, 0x0b, none],
  [0x0c, 0x0d, number],
  [0x0e, 0x0e, labels],
  [0x0f, 0x0f, none],
  [0x10, 0x10, number],
  [0x11, 0x11, numbers],
  [0x1a, 0x1b, none],
  [0x20, 0x24, number],
  [0x28, 0x3e, access],
  [0x3f, 0x40, byte],
  [0x41, 0x42, number],
  [0x43, 0x43, (_, at) => at + 4],
  [0x44, 0x44, (_, at) => at + 8],
  [0x45, 0xc4, none],
  [0xfc, 0xfc, prefixed],
];

const skips: readonly (Skip | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => ranges.find(([first, last]) => first <= code && code <= last)?.[2],
);

/** Opcodes that a meter looks at. */
export const opcodes = { loop: 0x03, call: 0x10, callIndirect: 0x11, memoryGrow: 0x40 } as const;

/**
 * Where the instruction after the one at `at` begins.
 * @throws RangeError for an instruction whose cost is unknown: bulk memory, tables, vectors, tail calls
 */
export function nextInstruction(bytes: Uint8Array, at: number): number {
  const code = bytes[at];
  const skip = code === undefined ? undefined : skips[code];
  if (skip === undefined) throw new RangeError(`the instruction 0x${code?.toString(16)}`);
  return skip(bytes, at + 1);
}
