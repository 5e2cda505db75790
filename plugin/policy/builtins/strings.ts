import type { Json } from '../../request.ts';
import { type Builtin, integerOperand, stringOperand, stringsOperand } from './operand.ts';
import { sprintf } from './sprintf.ts';
import { readTerm } from './term.ts';

function oneOrMany(value: Json | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : stringsOperand(value);
}

function anyMatch(match: (text: string, affix: string) => boolean): Builtin {
  return ([texts, affixes], { charge }) => {
    const wanted = oneOrMany(affixes);
    const candidates = oneOrMany(texts);
    charge(candidates.length * wanted.length);
    return candidates.some((text) => wanted.some((affix) => match(text, affix)));
  };
}

/** Go's `strings.Count`: an empty part is found around every code point. */
function count(text: string, part: string): number {
  return part === '' ? [...text].length + 1 : text.split(part).length - 1;
}

/** Places of `part` in code points; occurrences may overlap. */
function indices(text: string, part: string, charge: (steps: number) => void): number[] {
  if (part === '') throw new TypeError('expected something to look for');
  const found: number[] = [];
  let points = 0;
  let counted = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    charge(part.length);
    for (; counted < at; counted++) if ((text.charCodeAt(counted) & 0xfc00) !== 0xdc00) points++;
    found.push(points);
  }
  return found;
}

/** Go's `strings.Split`: an empty delimiter splits into code points. */
function split(text: string, delimiter: string): string[] {
  return delimiter === '' ? [...text] : text.split(delimiter);
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
  'strings.split_n': ([text, delimiter, count]) => {
    const parts = split(stringOperand(text), stringOperand(delimiter));
    const n = integerOperand(count);
    return n < 0 ? parts.slice(n) : parts.slice(0, n);
  },
  indexof_n: ([text, part], { charge }) => indices(stringOperand(text), stringOperand(part), charge),
  'glob.quote_meta': ([text]) => stringOperand(text).replace(/[*?\\[\]{}]/g, '\\$&'),
  // Notes for `opa eval --explain`: nothing listens here.
  trace: () => true,
} satisfies Record<string, Builtin>;
