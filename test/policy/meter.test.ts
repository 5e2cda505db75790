import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { align, type Instance, start, text } from '../../plugin/policy/instance.ts';
import { meter, meterExports } from '../../plugin/policy/meter.ts';
import { append, globalExport, readSections, sectionIds, writeSections } from '../../plugin/policy/module.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';
import { webAssembly } from '../../plugin/policy/webassembly.ts';
import { withoutOpa } from './rego.ts';

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A stack pointer, a function `run` of the given body, its type () -> () and no memory. */
function moduleOf(body: readonly number[], imports: readonly number[] = []): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  const types = [1, 4, 1, 0x60, 0, 0];
  const rest = [3, 2, 1, 0, 6, 6, 1, 0x7f, 1, 0x41, 7, 0x0b, 7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0];
  return Uint8Array.from([...header, ...types, ...imports, ...rest, 10, code.length + 2, 1, code.length, ...code]);
}

/** How many steps `run` takes of 1,000; null when it is cut off. */
function stepsOf(body: readonly number[]): number | null {
  const bytes = meter(moduleOf(body));
  const exports = new webAssembly.Instance(new webAssembly.Module(bytes), {}).exports as {
    run(): void;
    [meterExports.steps]: { value: number };
  };
  const steps = exports[meterExports.steps];
  steps.value = 1_000;
  try {
    exports.run();
    return 1_000 - steps.value;
  } catch {
    t.equal(steps.value, -1);
    return null;
  }
}

const bodies: readonly (readonly [name: string, body: readonly number[], steps: number | null])[] = [
  ['nothing costs nothing', [0x01], 0],
  ['a loop that is not repeated costs a step', [0x03, 0x40, 0x0b], 1],
  ['two loops, one in the other', [0x03, 0x40, 0x03, 0x40, 0x0b, 0x0b], 2],
  ['a loop for ever is cut off', [0x03, 0x40, 0x0c, 0, 0x0b], null],
  ['a call of itself for ever is cut off', [0x10, 0], null],
  ['a call through a branch that is not taken costs the entry', [0x41, 0, 0x04, 0x40, 0x10, 0, 0x0b], 1],
  // i32.const whose bytes look like a loop: 0x03 0x40 as one number.
  ['what looks like a loop in a number is none', [0x41, 0x83, 0xc0, 0x00, 0x1a], 0],
];
for (const [name, body, steps] of bodies) t.test(name, async (t) => t.equal(stepsOf(body), steps));

t.test('what OPA would not write is refused', async (t) => {
  const global = [2, 8, 1, 1, 0x61, 1, 0x62, 3, 0x7f, 1];
  t.throws(() => meter(moduleOf([], global)), { message: 'it imports a global' });
  t.throws(() => meter(moduleOf([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0])), { message: /bulk instruction/ });
  t.throws(() => meter(Uint8Array.from(header)), { message: /stack pointer/ });
});

/** The module with the exports of a metered one, but without its charges. */
function unmetered(wasm: Uint8Array<ArrayBuffer>): Instance & { evaluate(entrypoint: number, input: string): string } {
  let steps = 0;
  const sections = readSections(wasm).map(({ id, payload }) => {
    if (id === sectionIds.globals) {
      const [index, more] = append(payload, [0x7f, 1, 0x41, 0, 0x0b]);
      steps = index;
      return { id, payload: more };
    }
    if (id !== sectionIds.exports) return { id, payload };
    const [, more] = append(payload, globalExport(meterExports.stackPointer, 0));
    return { id, payload: append(more, globalExport(meterExports.steps, steps))[1] };
  });
  const instance = start(new webAssembly.Module(writeSections(wasm, sections)), '{}');
  return {
    ...instance,
    evaluate(entrypoint, input) {
      const { exports, data, heap, bytes } = instance;
      const length = bytes().write(input, heap);
      const address = exports.opa_eval(0, entrypoint, data, heap, length, align(heap + length), 0);
      return text(bytes(), address);
    },
  };
}

const statements = [{ kind: 'delete', objects: [{ schema: 'public', name: 'a', kind: 'table' }], writes: true }];
const inputs = [
  {},
  { parsed_path: ['customers'], principal: { method: 'jwt', groups: ['agents'], actors: [] } },
  { commands: [{ kind: 'sql', dialect: 'postgresql', text: 'DELETE FROM a', statements }], attributes: {} },
  { commands: [{ kind: 'unparsed', reason: 'é😀' }], principal: { method: 'none', groups: [] } },
  { parsed_body: { list: Array.from({ length: 200 }, (_, i) => ({ id: `${i}`, n: i / 7 })) } },
].map((input) => JSON.stringify(input));

/** A little of everything that OPA's compiler writes and its library does. */
const rules = `
allow := {"allowed": count(r) > 3, "labels": r}
r.text := [upper(input.principal.method), split(input.commands[0].text, " "), json.marshal(input)]
r.regex if regex.match("^[a-z]+$", input.principal.method)
r.glob if glob.match("cust*", [], input.parsed_path[0])
r.groups := {g: true | some g in input.principal.groups}
r.walk := count([p | walk(input, [p, _])])
r.sum := sum([x.n | some x in input.parsed_body.list])
r.every if every x in input.parsed_body.list { to_number(x.id) < 200 }
r.graph := graph.reachable({"a": {"b"}, "b": {"a", "c"}, "c": set()}, {"a"})
r.without := x if x := json.remove(input, ["parsed_body/list/0"])
r.clash if f(input.principal.method) == f("none")
f(x) := y if { y := object.get({"none": 1, "jwt": 2}, x, 3) } else := 4
r.sorted := sort([x.n | some x in input.parsed_body.list; x.n > 5])
r.sprintf := sprintf("%v %d", [input, count(input)])
`;

const root = join(import.meta.dirname, '../..');
const path = 'envoy/authz/allow';
const sources: Readonly<Record<string, (t: Test) => string>> = {
  'the quick start': () => join(root, 'examples/quickstart/bundle.tar.gz'),
  'a policy of everything': (t) => t.testdir({ 'policy.rego': `package envoy.authz\n${rules}` }),
};
for (const [name, source] of Object.entries(sources))
  t.test(`${name} answers the same with and without a meter`, { skip: withoutOpa }, async (t) => {
    const { wasm, data } = await loadBundle({ source: source(t), path });
    t.equal(data.trim(), '{}');
    const [metered, plain] = [openEngine(wasm, data), unmetered(wasm)];
    const id = metered.entrypoints.get(path) ?? -1;
    for (const input of inputs) {
      const answer = metered.evaluate(id, input);
      t.equal(answer, plain.evaluate(id, input));
      t.match(answer, /"allowed":/);
    }
  });
