import t from 'tap';
import { webAssembly } from '../../plugin/policy/webassembly.ts';

t.test('a memory grows to its maximum and no further', async (t) => {
  const memory = new webAssembly.Memory({ initial: 1, maximum: 2 });
  t.equal(memory.grow(1), 1);
  t.equal(memory.buffer.byteLength, 131_072);
  t.throws(() => memory.grow(1));
});

t.test('bytes that are no module are refused', async (t) => {
  t.throws(() => new webAssembly.Module(new Uint8Array([1, 2, 3])));
});
