import { CountersignError } from '../../errors.ts';
import { holdLimit } from '../rewriter.ts';

/** How far a token has come that the end of a chunk may cut. One is reused for all tokens of a document. */
export interface TokenCursor {
  /** State within the token; each scanner has its own. */
  sub: number;
  /** Whether the string has an escape. */
  escaped: boolean;
  /** The literal that has begun. */
  word: Uint8Array;
}

/**
 * A scanner goes on with a token from byte `i` of `b`, of which `n` bytes count.
 * @returns the index after the token, or -1 when the bytes ended before it did
 * @throws CountersignError `mask_impossible` on what RFC 8259 does not allow
 */
export type Scanner = (b: Uint8Array, i: number, n: number, cursor: TokenCursor) => number;

const quote = 0x22;
const backslash = 0x5c;
const unicodeEscape = 0x75;
const zeroDigit = 0x30;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;

function table(bytes: string): Uint8Array {
  const flags = new Uint8Array(256);
  for (const byte of Buffer.from(bytes, 'latin1')) flags[byte] = 1;
  return flags;
}

/** 1 for what a string holds as it is: all but quote, backslash and controls (section 7). */
export const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte !== quote && byte !== backslash),
);
const escapes = table('"\\/bfnrt');
const hexDigits = table('0123456789abcdefABCDEF');

/** `sub` within a string: 0 plain, 1 after a backslash, else one more than the hex digits that are missing. */
const inText = 0;
const inEscape = 1;
const beforeHex = 5;

/** The rest of a string, after its opening quote or wherever `cursor.sub` says. */
export const scanString: Scanner = (b, i, n, cursor) => {
  let at = i;
  for (;;) {
    if (cursor.sub === inText) {
      while (at < n && plain[b[at] as number] === 1) at++;
      if (at >= n) return -1;
      const byte = b[at++];
      if (byte === quote) return at;
      if (byte !== backslash) throw malformed('a string has a raw control character');
      cursor.sub = inEscape;
      cursor.escaped = true;
    }
    if (at >= n) return -1;
    const byte = b[at++] as number;
    if (cursor.sub === inEscape) {
      if (byte !== unicodeEscape && escapes[byte] !== 1) throw malformed('a string has an unknown escape');
      cursor.sub = byte === unicodeEscape ? beforeHex : inText;
    } else {
      if (hexDigits[byte] !== 1) throw malformed('a \\u escape needs four hex digits');
      cursor.sub = cursor.sub === 2 ? inText : cursor.sub - 1;
    }
  }
};

/** States of a number (section 6) by what came last. */
const number = { start: 0, minus: 1, zero: 2, int: 3, dot: 4, fraction: 5, exp: 6, sign: 7, power: 8 } as const;
const ended = 14;
const wrong = 15;

const digits = '0123456789';
/** From a state, by these bytes, to a state; any other byte ends the number or is wrong. */
const numberRules: readonly (readonly [from: number, other: number, ...(readonly [bytes: string, to: number])[]])[] = [
  [number.start, wrong, ['-', number.minus], ['0', number.zero], ['123456789', number.int]],
  [number.minus, wrong, ['0', number.zero], ['123456789', number.int]],
  [number.zero, ended, ['.', number.dot], ['eE', number.exp]],
  [number.int, ended, [digits, number.int], ['.', number.dot], ['eE', number.exp]],
  [number.dot, wrong, [digits, number.fraction]],
  [number.fraction, ended, [digits, number.fraction], ['eE', number.exp]],
  [number.exp, wrong, [digits, number.power], ['+-', number.sign]],
  [number.sign, wrong, [digits, number.power]],
  [number.power, ended, [digits, number.power]],
];

const numberTable = new Uint8Array(16 * 256);
for (const [from, other, ...rules] of numberRules) {
  numberTable.fill(other, from * 256, (from + 1) * 256);
  for (const [bytes, to] of rules) for (const byte of Buffer.from(bytes)) numberTable[from * 256 + byte] = to;
}

/** A number; it ends with the first byte that is not part of it, which is left. */
export const scanNumber: Scanner = (b, i, n, cursor) => {
  let state = cursor.sub;
  for (let at = i; at < n; at++) {
    const next = numberTable[(state << 8) | (b[at] as number)] as number;
    if (next === ended) return at;
    if (next === wrong) throw malformed('a number is malformed');
    state = next;
  }
  cursor.sub = state;
  return -1;
};

/** `true`, `false` and `null` by their first byte. */
export const literals: ReadonlyMap<number, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);

/** The rest of `cursor.word`, of which `cursor.sub` bytes came. */
export const scanLiteral: Scanner = (b, i, n, cursor) => {
  let at = i;
  while (cursor.sub < cursor.word.length) {
    if (at >= n) return -1;
    if (b[at++] !== cursor.word[cursor.sub++]) throw malformed('expected true, false or null');
  }
  return at;
};

/** Index of the first byte from `i` on that a string does not hold as it is; `n` when there is none. */
export function wholePlain(b: Uint8Array, i: number, n: number): number {
  let at = i;
  while (at < n && plain[b[at] as number] === 1) at++;
  return at;
}

/** Index after a string whose content begins at `i`; -1 when it is not whole within `n` bytes, or malformed. */
export function wholeString(b: Uint8Array, i: number, n: number): number {
  for (let at = wholePlain(b, i, n); at < n; at = wholePlain(b, at, n)) {
    if (b[at] === quote) return at + 1;
    if (b[at] !== backslash) return -1;
    at = afterEscape(b, at + 1, n);
    if (at < 0) return -1;
  }
  return -1;
}

/** Index after an escape, of which the backslash stands before `i`; -1 when it is not whole, or unknown. */
function afterEscape(b: Uint8Array, i: number, n: number): number {
  if (i >= n) return -1;
  if (escapes[b[i] as number] === 1) return i + 1;
  if (b[i] !== unicodeEscape || i + 5 > n) return -1;
  for (let digit = i + 1; digit < i + 5; digit++) if (hexDigits[b[digit] as number] !== 1) return -1;
  return i + 5;
}

/** Index of the first byte from `i` on that is no decimal digit; `n` when there is none. */
function afterDigits(b: Uint8Array, i: number, n: number): number {
  let at = i;
  while (at < n && ((b[at] as number) ^ zeroDigit) <= 9) at++;
  return at;
}

/** Index after a number that begins at `i`; -1 when it is malformed, or may go on after `n` bytes. */
export function wholeNumber(b: Uint8Array, i: number, n: number): number {
  const start = b[i] === minus ? i + 1 : i;
  if (start >= n) return -1;
  let at = b[start] === zeroDigit ? start + 1 : afterDigits(b, start, n);
  if (at === start || at >= n) return -1;
  if (b[at] === point) {
    const fraction = at + 1;
    at = afterDigits(b, fraction, n);
    if (at === fraction || at >= n) return -1;
  }
  if (b[at] === 0x65 || b[at] === 0x45) {
    if (at + 1 >= n) return -1;
    const power = b[at + 1] === minus || b[at + 1] === plus ? at + 2 : at + 1;
    at = afterDigits(b, power, n);
    if (at === power) return -1;
  }
  return at < n ? at : -1;
}

/** Index after a literal that begins at `i`; -1 when it is none, or not whole within `n` bytes. */
export function wholeLiteral(b: Uint8Array, i: number, n: number): number {
  const word = literals.get(b[i] as number);
  if (word === undefined || i + word.length > n) return -1;
  for (let k = 1; k < word.length; k++) if (b[i + k] !== word[k]) return -1;
  return i + word.length;
}

/** The error for what is not JSON; never quotes it. */
export function malformed(what: string): CountersignError {
  return new CountersignError(
    'mask_impossible',
    `the response is not the JSON that its content-type promises: ${what}`,
  );
}

/** The error for what would have to be held back longer than it may be. */
export function tooLong(): CountersignError {
  return new CountersignError(
    'mask_impossible',
    `the response can not be masked for certain: more than ${holdLimit} bytes in one name or masked value`,
  );
}
