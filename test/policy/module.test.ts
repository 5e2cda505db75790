import t from 'tap';
import { append, globalExport, readSections, writeSections } from '../../plugin/policy/module.ts';
import { webAssembly } from '../../plugin/policy/webassembly.ts';

/** One mutable i32 global of 7, and no exports. */
const module = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 6, 6, 1, 0x7f, 1, 0x41, 7, 0x0b, 7, 1, 0]);

t.test('a module is read and written byte for byte', async (t) => {
  t.strictSame(writeSections(module, readSections(module)), module);
});

t.test('an export more, of a long name', async (t) => {
  const name = 'n'.repeat(200);
  const sections = readSections(module).map(({ id, payload }) => ({
    id,
    payload: id === 7 ? append(payload, globalExport(name, 0))[1] : payload,
  }));
  const { exports } = new webAssembly.Instance(new webAssembly.Module(writeSections(module, sections)), {});
  t.equal((exports as Record<string, { value: number }>)[name]?.value, 7);
});

t.test('a module that is cut off is refused', async (t) => {
  t.throws(() => readSections(module.subarray(0, 12)), RangeError);
  t.throws(() => readSections(Uint8Array.of(...module.subarray(0, 9), 0x80)), RangeError);
});
