import type { Span } from '../detect/inspect.ts';
import type { Reach } from '../detect/table.ts';
import { impossible } from '../media.ts';
import { holdLimit, noBytes, type Work } from '../rewriter.ts';

/** A text in UTF-8 that comes in pieces, whatever their size. */
export interface Scan {
  /** What is certain of the text so far, masked. @throws CountersignError `mask_impossible` */
  push(piece: Uint8Array): Uint8Array;
  /** The rest. */
  end(): Uint8Array;
  /** Bytes that are held back. */
  readonly held: number;
}

/** Bytes before what is held back that are looked at again: a number within a longer one is none. */
const contextBytes = 256;

/** Held bytes are looked at again when this part of them is new, so that no text takes time squared. */
const patience = 4;
const alwaysScanned = 4_096;

/**
 * Follows a text: what may be the beginning of a match is held back until more is known, and nothing else; where a match
 * would not end within 128 KiB that is an error.
 */
export function openScan({ plan, operations, hit }: Work): Scan {
  const { search } = plan;
  /** Context, then what is held back. */
  let text: Buffer = Buffer.alloc(0);
  let released = 0;
  let fresh = 0;
  if (search === null) return { push: (piece) => piece, end: () => noBytes, held: 0 };
  const { text: find, reaches } = search;

  /** Lets go what stands before `to`, masked. */
  function letGo(to: number, spans: readonly Span[]): Uint8Array {
    const out: Uint8Array[] = [];
    let done = released;
    for (const { start, end, mask, text: found } of spans) {
      if (end <= released || start >= to) continue;
      const from = Math.max(start, done);
      out.push(text.subarray(done, from), Buffer.from(operations[mask]?.part(found) ?? ''));
      done = end;
      hit(mask);
    }
    if (done < to) out.push(text.subarray(done, to));
    const bytes = Buffer.concat(out);
    const context = Math.max(0, Math.min(to, characterStart(text, to - contextBytes)));
    text = Buffer.from(text.subarray(context));
    released = to - context;
    return bytes;
  }

  return {
    get held() {
      return text.length - released;
    },
    push(piece) {
      text = Buffer.concat([text, piece]);
      fresh += piece.length;
      const held = text.length - released;
      if (held > alwaysScanned && fresh * patience < held) return noBytes;
      fresh = 0;
      const spans = find(text, released);
      let hold = text.length;
      for (const reach of reaches) hold = Math.min(hold, holdFrom(text, released, reach));
      for (const { start, end } of spans.toReversed()) if (start < hold && end > hold) hold = Math.max(start, released);
      if (text.length - hold > holdLimit)
        throw impossible(`what may be a match goes on for more than ${holdLimit} bytes`);
      return letGo(characterStart(text, hold), spans);
    },
    end() {
      return letGo(text.length, find(text, released));
    },
  };
}

/** Index of the first byte from `from` on that may belong to a match whose end has not come. */
export function holdFrom(text: Buffer, from: number, { most, breaks, starts }: Reach): number {
  const first = Math.max(from, text.length - most, breaks === null ? 0 : afterBreak(text, from, breaks));
  if (starts === null) return first;
  if (starts === 'digit') return firstDigit(text, first);
  const whole = text.indexOf(starts, first);
  if (whole >= 0) return whole;
  for (let at = Math.max(first, text.length - starts.length + 1); at < text.length; at++)
    if (text.subarray(at).equals(starts.subarray(0, text.length - at))) return at;
  return text.length;
}

function firstDigit(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && ((text[at] as number) ^ 0x30) > 9) at++;
  return at;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;

function afterBreak(text: Buffer, from: number, breaks: 'space' | 'line'): number {
  for (let at = text.length - 1; at >= from; at--) {
    const byte = text[at];
    if (byte === lineFeed || byte === carriageReturn) return at + 1;
    if (breaks === 'space' && (byte === space || byte === tab)) return at + 1;
  }
  return from;
}

/** The same index, or that of the first byte of the character that it would cut. */
function characterStart(text: Buffer, at: number): number {
  let start = Math.max(0, Math.min(at, text.length));
  while (start > 0 && start < text.length && ((text[start] as number) & 0xc0) === 0x80) start--;
  return start;
}
