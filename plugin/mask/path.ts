import { CountersignError } from '../errors.ts';

/**
 * One step down a JSON document: to the member `name`, to the element `index`, or to every child. `deep`: at any depth
 * below (RFC 9535 section 2.5.2, the descendant segment).
 */
export interface Step {
  readonly select: { readonly name: string } | { readonly index: number } | 'any';
  readonly deep: boolean;
}

/** RFC 9535 member-name-shorthand; anything else is written in brackets. */
const shorthand = /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*/uy;
const quoted = /'(?:[^'\\\u0000-\u001f]|\\.)*'|"(?:[^"\\\u0000-\u001f]|\\.)*"/uy;
const number = /0|[1-9][0-9]{0,8}/y;

const expected = `expected a path of the subset $  .name  ['name']  .*  [*]  [0]  ..name`;

/**
 * Reads a JSONPath of the subset of RFC 9535 that streams: `$`, `.name`, `['name']`, `.*`, `[*]`, `[n]`, and `..`
 * before any of them. As in the RFC, `*` selects members and elements alike. `place` stands in messages.
 * @throws CountersignError `mask_invalid`, naming the place and the character
 */
export function parsePath(text: string, place: string): readonly Step[] {
  const steps: Step[] = [];
  let at = 0;
  const fail = (): never => {
    throw new CountersignError('mask_invalid', `${place}: ${expected}; character ${at + 1} does not fit`);
  };
  const eat = (literal: string): boolean => {
    if (!text.startsWith(literal, at)) return false;
    at += literal.length;
    return true;
  };
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const bracketed = (): Step['select'] => {
    if (eat('*')) return 'any';
    const index = match(number);
    if (index !== null) return { index: Number(index) };
    const start = at;
    const name = unquote(match(quoted) ?? fail());
    if (name !== null) return { name };
    at = start;
    return fail();
  };

  if (!eat('$')) fail();
  while (at < text.length) {
    const deep = eat('..');
    if (eat('[')) {
      const select = bracketed();
      if (!eat(']')) fail();
      steps.push({ select, deep });
    } else {
      if (!deep && !eat('.')) fail();
      const select = eat('*') ? ('any' as const) : { name: match(shorthand) ?? fail() };
      steps.push({ select, deep });
    }
  }
  return steps;
}

/** The text of a quoted name, null when an escape is wrong or a surrogate stands alone. Escapes are JSON's and `\'`. */
function unquote(literal: string): string | null {
  const inner = literal.slice(1, -1).replace(/\\.|"/gsu, (one) => (one === "\\'" ? "'" : one === '"' ? '\\"' : one));
  try {
    const name: string = JSON.parse(`"${inner}"`);
    return name.isWellFormed() ? name : null;
  } catch {
    return null;
  }
}

/** The name that a path ends with, null when it ends with anything else. */
export function lastName(steps: readonly Step[]): string | null {
  const select = steps.at(-1)?.select;
  return typeof select === 'object' && 'name' in select ? select.name : null;
}
