/** Kinds of bytes of a text in UTF-8, as bits of `kindOf`. */
export const digit = 1;
export const upper = 2;
export const lower = 4;
/** Any byte of a character outside ASCII. */
export const high = 8;
/** `_` */
const underscore = 16;
/** What base64url has beside letters and digits: `-` and `_`. */
export const urlSafe = 32;
/** What the local part of an address has beside letters and digits. */
export const local = 64;

export const letter = upper | lower;
export const alphanumeric = letter | digit;
export const base64url = alphanumeric | urlSafe;
/** What makes one word with its neighbour: a number within is a part of something else. */
export const word = alphanumeric | high | underscore;

/** The kinds of each byte. */
export const kindOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  const kinds: readonly (readonly [is: boolean, kind: number])[] = [
    [/[0-9]/.test(char), digit],
    [/[A-Z]/.test(char), upper],
    [/[a-z]/.test(char), lower],
    [byte >= 0x80, high],
    [char === '_', underscore],
    [/[-_]/.test(char), urlSafe],
    [/[-._%+']/.test(char), local],
  ];
  return kinds.reduce((bits, [is, kind]) => (is ? bits | kind : bits), 0);
});

/** Whether the byte at `at` is of one of these kinds; false outside of the text. */
export function isKind(text: Uint8Array, at: number, kinds: number): boolean {
  return at >= 0 && at < text.length && ((kindOf[text[at] as number] as number) & kinds) !== 0;
}

/** Index of the first byte from `at` on that is of none of these kinds. */
export function past(text: Uint8Array, at: number, kinds: number): number {
  let end = at;
  while (end < text.length && ((kindOf[text[end] as number] as number) & kinds) !== 0) end++;
  return end;
}

/** Index after these ASCII letters when they stand at `at`; -1 otherwise. */
export function after(text: Uint8Array, at: number, ascii: string): number {
  if (at + ascii.length > text.length) return -1;
  for (let i = 0; i < ascii.length; i++) if (text[at + i] !== ascii.charCodeAt(i)) return -1;
  return at + ascii.length;
}

/** A stretch of ASCII. */
export function ascii(text: Uint8Array, from: number, to: number): string {
  return Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1', from, to);
}
