import { CountersignError } from '../errors.ts';

const escapeOrPlus = /%([0-9A-Fa-f]{2})?|\+/g;

/**
 * Percent-decoding as Go's `net/url` does it: bytes, then UTF-8 with U+FFFD for what is none.
 * @throws CountersignError `policy_error` for a `%` without two hex digits
 */
function percentDecode(text: string, plus: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const latin = Buffer.from(text).toString('latin1');
  const decoded = latin.replace(escapeOrPlus, (found, hex: string | undefined) => {
    if (found === '+') return plus;
    if (hex === undefined)
      throw new CountersignError('policy_error', 'the URL has a % that is not followed by two hexadecimal digits');
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Buffer.from(decoded, 'latin1').toString('utf8');
}

/** Go's `url.PathUnescape`: a plus is a plus. @throws CountersignError `policy_error` */
export function pathUnescape(text: string): string {
  return percentDecode(text, '+');
}

/** Go's `url.QueryUnescape`: a plus is a space. @throws CountersignError `policy_error` */
export function queryUnescape(text: string): string {
  return percentDecode(text, ' ');
}

/** Go's `url.QueryEscape`. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** More parameters than this are refused: they serve no request and cost hashing. */
const parameterLimit = 10_000;

/**
 * Go's `url.ParseQuery`: every value of every name, in order; empty pairs are skipped.
 * @throws CountersignError `policy_error` for a semicolon, a bad escape, or too many parameters
 */
export function parseQuery(query: string): Record<string, string[]> {
  const values = new Map<string, string[]>();
  const pairs = query.split('&', parameterLimit + 1);
  if (pairs.length > parameterLimit)
    throw new CountersignError('policy_error', `expected at most ${parameterLimit} parameters, got more`);
  for (const pair of pairs) {
    if (pair.includes(';')) throw new CountersignError('policy_error', 'a semicolon separates no parameters: use &');
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = queryUnescape(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : queryUnescape(pair.slice(equals + 1));
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries(values);
}
