import { type Builtin, rego } from './operand.ts';
import { arrayTerm, readTerm, setTerm, type Term } from './term.ts';

/** A value that is of a kind already. */
function only(kind: Term['kind']): Builtin {
  return (_, context) => {
    const term = readTerm(context.rego(0));
    if (term.kind !== kind) throw new TypeError(`expected ${kind}`);
    return rego(term.text);
  };
}

/** A list made from the members of another. */
function listed(make: (items: readonly Term[]) => Term): Builtin {
  return (_, context) => {
    const term = readTerm(context.rego(0));
    if (term.kind !== 'array' && term.kind !== 'set') throw new TypeError('expected an array or a set');
    return rego(make(term.items).text);
  };
}

/** `cast_*`, which Rego had before version 1. */
export const casts = {
  cast_array: listed(arrayTerm),
  cast_set: listed(setTerm),
  cast_string: only('string'),
  cast_boolean: only('boolean'),
  cast_null: only('null'),
  cast_object: only('object'),
} satisfies Record<string, Builtin>;
