import { type Detector, type DetectorName, detectors } from './table.ts';
import { unescapeJson } from './unescape.ts';

/** A detector that a plan uses, by name or a row of its own, and the index of its mask. The strictest mask comes first. */
export interface Looking {
  readonly detector: DetectorName | Detector;
  readonly mask: number;
}

/** Where a match stands among the bytes that were given, and the mask that is applied to it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly mask: number;
  /** What matched, decoded. */
  readonly text: string;
}

/**
 * Finds what a plan looks for in a JSON string: the bytes from `from` to `to` stand between its quotes. Spans count from
 * `from`, are in order and don't overlap.
 */
export type Inspect = (b: Uint8Array, from: number, to: number) => readonly Span[];

/** Finds the same in a text that stands as it is (UTF-8). What ends before `from` may be left out. */
export type InspectText = (text: Uint8Array, from?: number) => readonly Span[];

interface Found {
  start: number;
  end: number;
  mask: number;
}

const backslash = 0x5c;
const atSign = 1;
const plus = 2;
const dash = 4;
const dot = 8;
const escaped = 16;
const bitOf = { '@': atSign, '+': plus, '-': dash, '.': dot } as const;

/** By byte: one of the bits above, and 256 for a digit. */
const gates = Uint16Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x30 && byte <= 0x39) return 256;
  return byte === backslash ? escaped : (bitOf[String.fromCharCode(byte) as keyof typeof bitOf] ?? 0);
});

const none: readonly Span[] = [];

/** Opens the search for what these look for. */
export function openInspect(looking: readonly Looking[]): Inspect {
  return openSearch(looking).json;
}

/** Both ways to search for what these look for. */
export function openSearch(looking: readonly Looking[]): { readonly json: Inspect; readonly text: InspectText } {
  const rows = looking.map(({ detector, mask }) => {
    const { gate, find } = typeof detector === 'string' ? detectors[detector] : detector;
    return { length: gate.length, digits: gate.digits, bit: gate.has === null ? 0 : bitOf[gate.has], find, mask };
  });
  const shortest = Math.min(...rows.map(({ length }) => length));

  function search(text: Uint8Array, seen: number, digits: number, from = 0): Found[] {
    const found: Found[] = [];
    for (const row of rows) {
      if (text.length < row.length || digits < row.digits || (seen & row.bit) !== row.bit) continue;
      row.find(text, (start, end) => found.push({ start, end, mask: row.mask }), from);
    }
    return found.length > 1 ? merged(found) : found;
  }

  function passesAny(length: number, seen: number, digits: number): boolean {
    for (const row of rows)
      if (length >= row.length && digits >= row.digits && (seen & row.bit) === row.bit) return true;
    return false;
  }

  /** Kinds of bytes that occur, in the low byte, and how many digits, above. */
  function survey(b: Uint8Array, from: number, to: number): number {
    let seen = 0;
    let digits = 0;
    for (let at = from; at < to; at++) {
      const gate = gates[b[at] as number] as number;
      seen |= gate;
      digits += gate >> 8;
    }
    return digits * 256 + (seen & 255);
  }

  function inText(text: Uint8Array, from = 0): readonly Span[] {
    if (text.length < shortest) return none;
    const surveyed = survey(text, 0, text.length);
    const found = search(text, surveyed % 256, Math.floor(surveyed / 256), from);
    return found.length === 0 ? none : found.map((one) => ({ ...one, text: spelled(text, one) }));
  }

  function inJson(b: Uint8Array, from: number, to: number): readonly Span[] {
    if (to - from < shortest) return none;
    const surveyed = survey(b, from, to);
    const seen = surveyed % 256;
    const digits = Math.floor(surveyed / 256);
    if ((seen & escaped) === 0 && !passesAny(to - from, seen, digits)) return none;
    const raw = b.subarray(from, to);
    if ((seen & escaped) === 0) {
      const found = search(raw, seen, digits);
      return found.length === 0 ? none : found.map((one) => ({ ...one, text: spelled(raw, one) }));
    }
    const { text, origins } = unescapeJson(raw);
    // What the gate looks for may have been escaped.
    const found = search(text, atSign | plus | dash | dot, text.length);
    return found.map((one) => ({
      start: origins[one.start] as number,
      end: origins[one.end] as number,
      mask: one.mask,
      text: spelled(text, one),
    }));
  }

  return { json: inJson, text: inText };
}

function spelled(text: Uint8Array, { start, end }: Found): string {
  return Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8', start, end);
}

/** Matches that overlap are one, to which the strictest of their masks is applied. */
function merged(found: Found[]): Found[] {
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const spans: Found[] = [];
  for (const one of found) {
    const last = spans.at(-1);
    if (last === undefined || one.start >= last.end) spans.push(one);
    else {
      last.end = Math.max(last.end, one.end);
      last.mask = Math.min(last.mask, one.mask);
    }
  }
  return spans;
}
