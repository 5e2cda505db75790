import { nextInstruction, opcodes } from './instructions.ts';
import { readSize, writeSize } from './leb.ts';
import { append, globalExport, readSections, type Section, sectionIds, writeSections } from './module.ts';

/** Names of the exports that `meter` adds: two mutable i32 globals. */
export const meterExports = { stackPointer: 'countersign_stack_pointer', steps: 'countersign_steps' } as const;

/** The largest i32: what a fresh instance may spend, on its data for one. */
export const unlimitedSteps = 0x7fffffff;

const mutableI32 = [0x7f, 0x01];

/** `i32.const 2147483647; end` */
const initialValue = [0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x0b];

/**
 * The module with two exports more:
 * - the steps that are left. Each turn of a loop, and each entry of a function that calls, takes one, growing the
 *   memory 4,096; below zero it traps. What a module does between two steps is bounded by its own length, so this bounds every evaluation;
 * - its C stack pointer, global 0, which OPA's modules keep to themselves. A call that is cut off leaves it low; unless
 *   it is put back, some 500 of them use the stack up.
 * @param bytes a valid module: what is wrong with it is not found here
 * @throws RangeError for a module that OPA's compiler would not write: other globals, instructions of unknown cost
 */
export function meter(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const sections = readSections(bytes);
  const globals = sections.find(({ id }) => id === sectionIds.globals)?.payload;
  if (globals === undefined || !hasStackPointer(globals)) throw new RangeError('its first global is no stack pointer');
  if (sections.some(({ id, payload }) => id === sectionIds.imports && importsGlobal(payload)))
    throw new RangeError('it imports a global');
  const [steps, withSteps] = append(globals, [...mutableI32, ...initialValue]);
  const rewritten: Readonly<Record<number, (payload: Uint8Array) => Uint8Array>> = {
    [sectionIds.globals]: () => withSteps,
    [sectionIds.exports](payload) {
      const [, withPointer] = append(payload, globalExport(meterExports.stackPointer, 0));
      return append(withPointer, globalExport(meterExports.steps, steps))[1];
    },
    [sectionIds.code]: (payload) => meterCode(payload, charges(steps)),
  };
  const write = ({ id, payload }: Section): Section => ({ id, payload: rewritten[id]?.(payload) ?? payload });
  return writeSections(bytes, sections.map(write));
}

function hasStackPointer(globals: Uint8Array): boolean {
  const [count, first] = readSize(globals, 0);
  return count > 0 && mutableI32.every((byte, i) => globals[first + i] === byte);
}

/** By kind of import: how its description is skipped. Limits have a flag that says whether a maximum follows. */
const descriptions: readonly ((payload: Uint8Array, at: number) => number)[] = [
  (payload, at) => readSize(payload, at)[1],
  (payload, at) => limits(payload, at + 1),
  limits,
];

function limits(payload: Uint8Array, at: number): number {
  const [, minimum] = readSize(payload, at + 1);
  return payload[at] === 0 ? minimum : readSize(payload, minimum)[1];
}

function importsGlobal(payload: Uint8Array): boolean {
  let [count, at] = readSize(payload, 0);
  for (; count > 0; count--) {
    for (let name = 0; name < 2; name++) {
      const [length, start] = readSize(payload, at);
      at = start + length;
    }
    const skip = descriptions[payload[at] ?? -1];
    if (skip === undefined) return true;
    at = skip(payload, at + 1);
  }
  return false;
}

/** What is put into a function's body, and where. */
interface Insertion {
  readonly at: number;
  readonly code: Uint8Array;
}

/** The code that takes steps: one, or for a page of memory as many as the system's first touch of it takes time. */
interface Charges {
  readonly step: Uint8Array;
  readonly page: Uint8Array;
}

function charges(steps: number): Charges {
  const index = writeSize(steps);
  // `steps -= n; if (steps < 0) unreachable`, n in signed LEB128
  const take = (...n: number[]): Uint8Array =>
    Uint8Array.from([
      0x23,
      ...index,
      0x41,
      ...n,
      0x6b,
      0x24,
      ...index,
      0x23,
      ...index,
      0x41,
      0,
      0x48,
      0x04,
      0x40,
      0,
      0x0b,
    ]);
  return { step: take(1), page: take(0x80, 0x20) };
}

function meterCode(payload: Uint8Array, charged: Charges): Uint8Array {
  const [count, first] = readSize(payload, 0);
  const parts: Uint8Array[] = [payload.subarray(0, first)];
  let at = first;
  for (let i = 0; i < count; i++) {
    const [size, start] = readSize(payload, at);
    at = start + size;
    const body = meterFunction(payload.subarray(start, at), charged);
    parts.push(Uint8Array.from(writeSize(body.length)), body);
  }
  return Buffer.concat(parts);
}

function meterFunction(body: Uint8Array, { step, page }: Charges): Uint8Array {
  const entry = skipLocals(body);
  const insertions: Insertion[] = [];
  let calls = false;
  for (let at = entry; at < body.length; ) {
    const code = body[at];
    const next = nextInstruction(body, at);
    if (code === opcodes.loop) insertions.push({ at: next, code: step });
    else if (code === opcodes.memoryGrow) insertions.push({ at, code: page });
    else if (code === opcodes.call || code === opcodes.callIndirect) calls = true;
    at = next;
  }
  if (calls) insertions.unshift({ at: entry, code: step });
  const parts = insertions.flatMap(({ at, code }, i) => [code, body.subarray(at, insertions[i + 1]?.at)]);
  return Buffer.concat([body.subarray(0, insertions[0]?.at), ...parts]);
}

function skipLocals(body: Uint8Array): number {
  let [groups, at] = readSize(body, 0);
  for (; groups > 0; groups--) at = readSize(body, at)[1] + 1;
  return at;
}
