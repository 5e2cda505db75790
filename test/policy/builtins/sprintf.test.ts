import t from 'tap';
import { sprintf } from '../../../plugin/policy/builtins/sprintf.ts';
import { readTerm } from '../../../plugin/policy/builtins/term.ts';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const cases: readonly (readonly [format: string, values: string])[] = [
  ['plain', '[]'],
  ['%s and %s', '["a", "b"]'],
  ['%v %v %v %v', '[1, "a", true, null]'],
  ['%v', '[{"b": [1, "x"], "a": {3, 1, 2}}]'],
  ['%v %v', '[set(), {}]'],
  ['%d %d', '[1, -2]'],
  ['%5d|%-5d|%05d|%+d|%+05d', '[42, 42, 42, 42, 42]'],
  ['%x %X %o %b %c', '[255, 255, 8, 5, 233]'],
  ['%x', '["hé"]'],
  ['%f %.2f %8.3f|%e|%g', '[1.5, 2.345, 3.14159, 12345.678, 0.00001234]'],
  ['%v %v %v', '[1.5, 0.00001, 123456789012345678901234567890]'],
  ['%q', '["a\\"b"]'],
  ['%s %d %x %v', '[123456789123456789123, 123456789123456789123, -123456789123456789123, 9223372036854775808]'],
  ['%c %f', '[123456789123456789123, 9223372036854775807]'],
  ['%s %v', '[1e999, 1e999]'],
  ['%10s|%-10s|%.2s', '["é", "é", "émile"]'],
  ['100%%', '[]'],
  ['%d', '["x"]'],
  ['%s', '[5]'],
  ['%d', '[1.5]'],
  ['%t', '[true]'],
  ['%y', '[1]'],
  ['%s %s', '["a"]'],
  ['%s', '["a", "b", 3]'],
  ['%', '[]'],
  ['%s', '["%s"]'],
];
t.test("Go's formats agree with opa", { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    cases.map(([format, values]) => `sprintf(${JSON.stringify(format)}, ${values})`),
  );
});

t.test('a width can not be made to fill the memory', async (t) => {
  t.ok(sprintf('%999999999d', [readTerm('1')]).length <= 1_000);
});
