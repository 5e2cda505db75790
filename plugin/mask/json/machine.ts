import type { Place } from '../automaton.ts';
import type { TokenCursor } from './token.ts';

/** What may come next in a JSON text. From `name` on, a token has begun. */
export const want = {
  value: 0,
  valueOrClose: 1,
  nameStart: 2,
  nameOrClose: 3,
  colon: 4,
  commaOrClose: 5,
  nothing: 6,
  name: 7,
  string: 8,
  number: 9,
  literal: 10,
} as const;

/** Kinds of containers. */
export const object = 1;
export const array = 2;

/** Containers within containers; a deeper document is refused. */
export const depthLimit = 512;

/** The bytes that JSON's grammar names (RFC 8259 section 2). */
export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
const minus = 0x2d;
export const space = 0x20;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const tab = 0x09;

/** Where the rewriter stands in a document, and what it holds back or leaves out. Changed in place. */
export interface Machine {
  /** One of `want`. */
  state: number;
  /** Open containers; the arrays below are by depth, 0 is outside of all. */
  depth: number;
  readonly kinds: Uint8Array;
  readonly places: Place[];
  /** Elements of the array that have begun. */
  readonly indexes: Uint32Array;
  /** Whether a member or element of the container was kept. Not kept up to date when no mask drops. */
  readonly kept: Uint8Array;
  /** Whether any mask of the plan drops. */
  readonly drops: boolean;
  /** Whether masks select by column: rows that are arrays have no names to go by, and are an error. */
  readonly columns: boolean;
  /** Depth at which the value stands that is being left out; -1 when none is. */
  leftOut: number;
  /** Mask whose value is being collected, which begins at `hold`; -1 when none is. */
  collecting: number;
  /** A string is being collected to be looked into; it begins at `hold`. */
  inspecting: boolean;
  /** Index of the first byte that is held back; -1 when none is. */
  hold: number;
  /** Whether a comma stands at `hold`. */
  hasComma: boolean;
  /** Place of the member whose name was read last. */
  member: Place;
  /** Index after the opening quote of that name. */
  nameStart: number;
  readonly token: TokenCursor;
}

/** A machine before the first byte of a document. */
export function openMachine(root: Place, drops: boolean, columns = false): Machine {
  // One piece of memory for all three: a response is often shorter than it takes to get them one by one.
  const size = depthLimit + 1;
  const memory = new ArrayBuffer(6 * size);
  return {
    state: want.value,
    depth: 0,
    places: [root],
    indexes: new Uint32Array(memory, 0, size),
    kinds: new Uint8Array(memory, 4 * size, size),
    kept: new Uint8Array(memory, 5 * size, size),
    drops,
    columns,
    leftOut: -1,
    collecting: -1,
    inspecting: false,
    hold: -1,
    hasComma: false,
    member: root,
    nameStart: 0,
    token: { sub: 0, escaped: false, word: new Uint8Array(0) },
  };
}

/** Enters the container that `byte` opens at that place. */
export function enter(m: Machine, byte: number, place: Place): void {
  const depth = m.depth + 1;
  m.depth = depth;
  m.kinds[depth] = byte === openBrace ? object : array;
  m.places[depth] = place;
  m.indexes[depth] = 0;
  m.kept[depth] = 0;
  m.state = byte === openBrace ? want.nameOrClose : want.valueOrClose;
}

/** Leaves the innermost container. */
export function leave(m: Machine): void {
  m.depth--;
  m.state = m.depth === 0 ? want.nothing : want.commaOrClose;
}

/** What begins with a digit or a minus. */
export function isNumberStart(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === minus;
}

/** Index of the first byte from `i` on that is not white space; `n` when there is none. */
export function skipBlank(b: Uint8Array, i: number, n: number): number {
  let at = i;
  while (at < n) {
    const byte = b[at] as number;
    if (byte > space || (byte !== space && byte !== lineFeed && byte !== carriageReturn && byte !== tab)) return at;
    at++;
  }
  return n;
}
