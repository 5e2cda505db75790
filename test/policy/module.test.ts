import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { exportStackPointer, stackPointer } from '../../plugin/policy/module.ts';
import { webAssembly } from '../../plugin/policy/webassembly.ts';

const source = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');

t.test('an OPA module stays valid and gains one export', async (t) => {
  const { wasm } = await loadBundle({ source, path: 'envoy/authz/allow' });
  const imports = new Proxy(
    { memory: new webAssembly.Memory({ initial: 256, maximum: 256 }) },
    { get: (env, name) => (name === 'memory' ? env.memory : () => 0) },
  );
  const names = (bytes: Uint8Array<ArrayBuffer>) =>
    Object.keys(new webAssembly.Instance(new webAssembly.Module(bytes), { env: imports }).exports);
  t.strictSame(names(exportStackPointer(wasm)), [...names(wasm), stackPointer]);
});

t.test('a module without such a global is given back as it came', async (t) => {
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  t.equal(exportStackPointer(empty), empty);
});

t.test('a module that is cut off is refused', async (t) => {
  t.throws(() => exportStackPointer(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 6, 0x80])), RangeError);
});
