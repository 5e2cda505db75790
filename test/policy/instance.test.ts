import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { align, dump, reserve, start } from '../../plugin/policy/instance.ts';
import { meter, meterExports, unlimitedSteps } from '../../plugin/policy/meter.ts';
import { type Memory, webAssembly } from '../../plugin/policy/webassembly.ts';
import { compile, withoutOpa } from './rego.ts';

const quickstart = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');

t.test('an instance holds its data, numbers as they were written', async (t) => {
  const { wasm } = await loadBundle({ source: quickstart, path: 'envoy/authz/allow' });
  const instance = start(new webAssembly.Module(meter(wasm)), '{"a":{"é":12345678901234567890}}');
  t.equal(dump(instance, instance.data), '{"a":{"é":12345678901234567890}}');
  t.equal(instance.heap % 8, 0);
  const { value } = instance.exports[meterExports.steps];
  t.ok(value > 0 && value < unlimitedSteps, 'loading data takes steps, too');
});

t.test('an evaluation may begin at multiples of eight', async (t) => {
  t.strictSame([0, 1, 8, 9].map(align), [0, 8, 8, 16]);
});

t.test('memory is reserved by the page, up to its maximum', async (t) => {
  const memory: Memory = new webAssembly.Memory({ initial: 1, maximum: 3 });
  reserve(memory, 65_536);
  t.equal(memory.buffer.byteLength, 65_536);
  reserve(memory, 65_537);
  t.equal(memory.buffer.byteLength, 131_072);
  t.throws(() => reserve(memory, 1_000_000));
});

t.test('built-ins of the host pay from the same steps', { skip: withoutOpa }, async (t) => {
  const policy = await compile(
    t,
    'allow if {\n\tevery _ in numbers.range(1, input.n) { crypto.sha256(input.text) != "" }\n}',
  );
  t.equal(policy.decide({ n: 100, text: 'x'.repeat(1_000) }).allowed, true);
  t.match(policy.decide({ n: 100, text: 'x'.repeat(1_000_000) }).fault, /steps, the limit/);
});
