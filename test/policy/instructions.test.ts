import t from 'tap';
import { nextInstruction } from '../../plugin/policy/instructions.ts';

const known: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['block (result i32)', [0x02, 0x7f]],
  ['loop of a type', [0x03, 0x80, 0x01]],
  ['br_table of two and a default', [0x0e, 2, 0, 0x81, 0x01, 1]],
  ['call 300', [0x10, 0xac, 0x02]],
  ['call_indirect', [0x11, 0x85, 0x01, 0]],
  ['i64.load offset=128', [0x29, 3, 0x80, 0x01]],
  ['memory.grow', [0x40, 0]],
  ['i32.const -1', [0x41, 0x7f]],
  ['i64.const -2^63', [0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]],
  ['f32.const', [0x43, 0x03, 0x10, 0x0b, 0x0b]],
  ['f64.const', [0x44, 0x03, 0x10, 0x0b, 0x0b, 0x03, 0x10, 0x0b, 0x0b]],
  ['i64.extend32_s', [0xc4]],
  ['i64.trunc_sat_f64_u', [0xfc, 7]],
];
for (const [name, bytes] of known)
  t.test(name, async (t) => t.equal(nextInstruction(Uint8Array.from([...bytes, 0x0b]), 0), bytes.length));

const refused: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['memory.copy', [0xfc, 10, 0, 0]],
  ['memory.fill', [0xfc, 11, 0]],
  ['table.grow', [0xfc, 15, 0]],
  ['return_call', [0x12, 0]],
  ['table.get', [0x25, 0]],
  ['a vector', [0xfd, 0x0c]],
  ['an atomic', [0xfe, 0x00]],
  ['a second memory', [0x28, 0x42, 1, 0]],
  ['nothing', []],
];
for (const [name, bytes] of refused)
  t.test(`${name} is refused`, async (t) => t.throws(() => nextInstruction(Uint8Array.from(bytes), 0), RangeError));
