import t from 'tap';
import { casts } from '../../../plugin/policy/builtins/casts.ts';
import { type RegoText, regoOf } from '../../../plugin/policy/builtins/operand.ts';
import { context } from '../rego.ts';

/** What each takes, and what it makes of it; all else is undefined. */
const made: Readonly<Record<keyof typeof casts, Readonly<Record<string, string>>>> = {
  cast_array: { '[2, 1, 2]': '[2, 1, 2]', '{2, 1}': '[1, 2]', 'set()': '[]', '[]': '[]' },
  cast_set: { '[2, 1, 2]': '{1, 2}', '{2, 1}': '{1, 2}', '[]': 'set()', 'set()': 'set()' },
  cast_string: { '"a"': '"a"' },
  cast_boolean: { true: 'true', false: 'false' },
  cast_null: { null: 'null' },
  cast_object: { '{}': '{}', '{1: {2}}': '{1: {2}}' },
};
const values = new Set(Object.values(made).flatMap((one) => Object.keys(one)));

for (const [name, results] of Object.entries(made))
  t.test(name, async (t) => {
    const cast = (text: string) =>
      regoOf(casts[name as keyof typeof casts]([], { ...context, rego: () => text }) as RegoText);
    for (const value of [...values, '1'])
      if (results[value] === undefined) t.throws(() => cast(value), value);
      else t.equal(cast(value), results[value], value);
  });
