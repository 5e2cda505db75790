import type { Json } from '../../request.ts';
import type { Builtin } from './operand.ts';
import { stringOperand, stringsOperand } from './operand.ts';
import { sprintf } from './sprintf.ts';
import { readTerm } from './term.ts';

function oneOrMany(value: Json | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : stringsOperand(value);
}

function anyMatch(match: (text: string, affix: string) => boolean): Builtin {
  return ([texts, affixes]) => {
    const wanted = oneOrMany(affixes);
    return oneOrMany(texts).some((text) => wanted.some((affix) => match(text, affix)));
  };
}

/** Go's `strings.Count`: an empty part is found around every code point. */
function count(text: string, part: string): number {
  return part === '' ? [...text].length + 1 : text.split(part).length - 1;
}

/** `sprintf`, `strings.*` and `trace`; most other text functions are in the module itself. */
export const strings = {
  sprintf: ([format], { rego }) => {
    const values = readTerm(rego(1));
    if (values.kind !== 'array') throw new TypeError('expected an array');
    return sprintf(stringOperand(format), values.items);
  },
  'strings.any_prefix_match': anyMatch((text, affix) => text.startsWith(affix)),
  'strings.any_suffix_match': anyMatch((text, affix) => text.endsWith(affix)),
  'strings.count': ([text, part]) => count(stringOperand(text), stringOperand(part)),
  // Notes for `opa eval --explain`: nothing listens here.
  trace: () => true,
} satisfies Record<string, Builtin>;
