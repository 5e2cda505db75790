import { Scalar, stringify } from 'yaml';
import type { Json } from '../../../request.ts';
import { integerOf } from '../../json.ts';
import { isObject } from '../../result.ts';
import { yamlNumber } from './number.ts';

/** Go's YAML library sorts keys as people do: `a2` before `a10`, what is no letter before letters. */
export function naturally(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  const at = a.findIndex((char, i) => char !== b[i]);
  const [x, y] = [a[at], b[at]];
  if (at < 0 || x === undefined || y === undefined) return a.length - b.length;
  const order = Buffer.compare(Buffer.from(x), Buffer.from(y));
  const [letterX, letterY] = [isLetter(x), isLetter(y)];
  if (letterX && letterY) return order;
  if (letterX || letterY) return letterX === isDigit(a[at - 1]) ? -1 : 1;
  const [numberX, numberY] = [digitsFrom(a, at), digitsFrom(b, at)];
  // A zero within a number is no beginning of one.
  const before = (x === '0' || y === '0') && /[1-9]\d*$/.test(a.slice(0, at).join('')) ? '1' : '';
  const [p, q] = [BigInt(`${before}${numberX}` || 0), BigInt(`${before}${numberY}` || 0)];
  if (p !== q) return p < q ? -1 : 1;
  return numberX.length - numberY.length || order;
}

const isLetter = (char: string): boolean => /\p{L}/u.test(char);
const isDigit = (char: string | undefined): boolean => char !== undefined && /[0-9]/.test(char);

function digitsFrom(chars: readonly string[], at: number): string {
  const end = chars.findIndex((char, i) => i >= at && !isDigit(char));
  return chars.slice(at, end < 0 ? undefined : end).join('');
}

/** What an unquoted text could be taken for: YAML 1.1's booleans, dates, times and merge keys among it. */
const ambiguous =
  /^(?:|~|<<|null|Null|NULL|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?)$|^(?:y|n|yes|no|on|off|true|false)$/i;

/** Tabs, and lines whose white space the library does not keep, or that look like a document's ends. */
const unsteady = /[\t\r]|^\s[\s\S]*\n|\n[ ]|[ ]\n|(?:^|\n)(?:---|\.\.\.)/;

/** What the library writes: texts that could be taken for something else in double quotes, as Go's library does. */
function plainOf(value: Json): unknown {
  if (typeof value === 'string') {
    const scalar = new Scalar(value);
    if (ambiguous.test(value) || unsteady.test(value) || yamlNumber(value) !== undefined)
      scalar.type = Scalar.QUOTE_DOUBLE;
    return scalar;
  }
  if (Array.isArray(value)) return value.map(plainOf);
  if (value === null || typeof value === 'boolean') return value;
  if (!isObject(value)) return integerOf(value) ?? Number(JSON.stringify(value));
  const names = Object.keys(value).sort(naturally);
  return new Map(names.map((name) => [plainOf(name), plainOf(value[name] ?? null)]));
}

/** A value in YAML's block style, as Go's library writes it. */
export function writeYaml(value: Json): string {
  return stringify(plainOf(value), { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2', singleQuote: true });
}
