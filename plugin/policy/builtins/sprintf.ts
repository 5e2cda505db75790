import type { Term } from './term.ts';

/** What OPA hands to Go's `fmt`: an integer, a double, or text (every other value by its Rego notation). */
type Argument = { readonly type: 'int64' | 'big.Int' | 'float64' | 'string'; readonly text: string };

/** A double that is none, such as 1e999, is text. */
function number(text: string): Argument {
  if (/[.eE]/.test(text)) return { type: Number.isFinite(Number(text)) ? 'float64' : 'string', text };
  return { type: BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? 'int64' : 'big.Int', text };
}

function argument(term: Term): Argument {
  if (term.kind === 'string') return { type: 'string', text: term.value };
  if (term.kind !== 'number') return { type: 'string', text: term.text };
  return number(term.text);
}

/** Go writes at least two digits of exponent. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Go's `%v` and `%g`: the shortest digits, with an exponent below -4 and from 21 on. */
function shortest(value: number): string {
  const scale = Number(value.toExponential().split('e')[1]);
  return value !== 0 && (scale < -4 || scale >= 21) ? exponent(value.toExponential()) : String(value);
}

function integer(radix: number, upper = false): Verb {
  return ({ type, text }) => {
    if (type !== 'int64' && type !== 'big.Int') return undefined;
    const digits = BigInt(text).toString(radix);
    return upper ? digits.toUpperCase() : digits;
  };
}

function hex(upper: boolean): Verb {
  return (value, precision) => {
    if (value.type !== 'string') return integer(16, upper)(value, precision);
    const digits = Buffer.from(value.text).toString('hex');
    return upper ? digits.toUpperCase() : digits;
  };
}

function float(write: (value: number, precision: number | undefined) => string): Verb {
  return ({ type, text }, precision) => (type === 'float64' ? write(Number(text), precision) : undefined);
}

type Verb = (value: Argument, precision: number | undefined) => string | undefined;

/** Go's `fmt` verbs that OPA's values can take. Undefined: the verb is not for this type. */
const verbs: Readonly<Record<string, Verb>> = {
  v: ({ type, text }) => (type === 'float64' ? shortest(Number(text)) : text),
  s: ({ type, text }, precision) =>
    type === 'string'
      ? [...text].slice(0, precision ?? Number.POSITIVE_INFINITY).join('')
      : type === 'big.Int'
        ? text
        : undefined,
  q: ({ type, text }) => (type === 'string' ? JSON.stringify(text) : undefined),
  d: integer(10),
  b: integer(2),
  o: integer(8),
  x: hex(false),
  X: hex(true),
  c: ({ type, text }) => (type === 'int64' ? String.fromCodePoint(Number(text)) : undefined),
  f: float((value, precision) => value.toFixed(precision ?? 6)),
  F: float((value, precision) => value.toFixed(precision ?? 6)),
  e: float((value, precision) => exponent(value.toExponential(precision ?? 6))),
  g: float((value, precision) =>
    precision === undefined ? shortest(value) : String(Number(value.toPrecision(precision || 1))),
  ),
};

/** Wider than this serves no message, and would cost memory. */
const widthLimit = 1_000;

function pad(text: string, flags: string, width: number, numeric: boolean): string {
  const signed = numeric && flags.includes('+') && !text.startsWith('-') ? `+${text}` : text;
  const missing = Math.min(width, widthLimit) - [...signed].length;
  if (missing <= 0) return signed;
  if (flags.includes('-')) return signed + ' '.repeat(missing);
  if (!numeric || !flags.includes('0')) return ' '.repeat(missing) + signed;
  const sign = /^[+-]/.exec(signed)?.[0] ?? '';
  return sign + '0'.repeat(missing) + signed.slice(sign.length);
}

/** Go's `fmt.Sprintf` on Rego values, its messages for wrong, missing and extra arguments included. */
export function sprintf(format: string, terms: readonly Term[]): string {
  const values = terms.map(argument);
  let next = 0;
  const text = format.replace(
    /%([-+# 0]*)(\d*)(?:\.(\d*))?(.?)/gsu,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      const value = values[next++];
      if (value === undefined) return `%!${verb}(MISSING)`;
      const digits = precision === undefined ? undefined : Number(precision);
      const written = Object.hasOwn(verbs, verb) ? verbs[verb]?.(value, digits) : undefined;
      if (written === undefined) return `%!${verb}(${value.type}=${verbs.v?.(value, undefined)})`;
      return pad(written, flags, Number(width), value.type !== 'string');
    },
  );
  if (next >= values.length) return text;
  return `${text}%!(EXTRA ${values
    .slice(next)
    .map((value) => `${value.type}=${verbs.v?.(value, undefined)}`)
    .join(', ')})`;
}
