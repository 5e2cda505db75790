import t from 'tap';
import { readYaml } from '../../../../plugin/policy/builtins/yaml/read.ts';

const free = () => {};

t.test('what an alias repeats is paid for by its size', async (t) => {
  let paid = 0;
  const value = readYaml('a: &x [1, 2]\nb: *x\nc: [*x, *x]\n', (steps) => {
    paid += steps;
  });
  t.strictSame(JSON.parse(JSON.stringify(value)), {
    a: [1, 2],
    b: [1, 2],
    c: [
      [1, 2],
      [1, 2],
    ],
  });
  t.ok(paid >= 3 * JSON.stringify([1, 2]).length);
});

t.test('an anchor named again is the later one; one within itself is none', async (t) => {
  t.strictSame(readYaml('- &x a\n- *x\n- &x b\n- *x\n', free), ['a', 'a', 'b', 'b']);
  t.throws(() => readYaml('&x [*x]', free), /anchor/);
});

t.test('nesting without end is an error', async (t) => {
  t.throws(() => readYaml('['.repeat(20_000), free));
  t.throws(() => readYaml('- '.repeat(20_000), free));
});

t.test('names of what objects inherit are names like others', async (t) => {
  t.equal(JSON.stringify(readYaml('__proto__: 1\nconstructor: 2\n', free)), '{"__proto__":1,"constructor":2}');
});

t.test('no document is null', async (t) => t.equal(readYaml('', free), null));
