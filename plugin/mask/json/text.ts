import type { Place } from '../automaton.ts';
import type { Operation, Outcome } from '../operators.ts';
import { holdLimit, noBytes, type Rewriter, type Work } from '../rewriter.ts';
import { openCarry } from './carry.ts';
import { openLook } from './look.ts';
import { elementPlace, memberPlace } from './lookup.ts';
import {
  array,
  closeBrace,
  closeBracket,
  colon,
  comma,
  depthLimit,
  enter,
  isNumberStart,
  leave,
  object,
  openBrace,
  openBracket,
  openMachine,
  quote,
  skipBlank,
  want,
} from './machine.ts';
import { run } from './run.ts';
import { openSplice } from './splice.ts';
import { literals, malformed, type Scanner, scanLiteral, scanNumber, scanString, tooLong } from './token.ts';

/** Where documents end: `text` with the bytes, `lines` with each line feed, and a blank line is none (NDJSON). */
export type Extent = 'text' | 'lines';

/** A rewriter of JSON that leaves it to its owner to check that the bytes are UTF-8. */
export interface JsonText extends Rewriter {
  /** More than white space came of the document. */
  readonly begun: boolean;
  /** Ends the document; another one may begin. */
  end(): Uint8Array;
}

/**
 * Rewrites JSON texts (RFC 8259, strictly) as their bytes come. Bytes that no mask touches leave as they came; held
 * back are, up to 128 KiB: a member's name and the comma before it until it is known whether the member is dropped, and
 * a value that `partial` or `hash` needs whole, and a string that
 * detectors look into. A dropped member or element goes with the comma before it; when no
 * sibling before it was kept, with the comma after it.
 */
export function openJsonText(work: Work, extent: Extent = 'text'): JsonText {
  const { plan, operations, hit } = work;
  const carry = openCarry();
  const output = openSplice();
  const { drops } = plan;
  const m = openMachine(plan.root, drops.includes(true), plan.selectors.has('column'));
  const { kinds, places, indexes, kept, token } = m;

  const look = openLook(work, output);

  function checkWindow(end: number): void {
    if (m.hold >= 0 && end - m.hold > holdLimit) throw tooLong();
  }

  /** Lets the comma, name and white space go that wait for this member or element, or leaves them and it out. */
  function settle(place: Place, at: number): void {
    checkWindow(at);
    if (m.drops) {
      if (place.selected >= 0 && drops[place.selected]) {
        output.keep(m.hold >= 0 ? m.hold : at);
        leaveOut(place.selected);
      } else if (kept[m.depth] === 0) {
        kept[m.depth] = 1;
        if (m.hasComma) {
          output.keep(m.hold);
          output.skip(m.hold + 1);
        }
      }
    }
    m.hasComma = false;
    m.hold = -1;
  }

  function leaveOut(mask: number): void {
    hit(mask);
    m.leftOut = m.depth;
  }

  function endName(b: Buffer, end: number): void {
    if (m.leftOut >= 0) return;
    const parent = places[m.depth] as Place;
    m.member = parent.dead ? parent : memberPlace(parent, b, m.nameStart, end - 1, token.escaped);
    settle(m.member, end);
    if (m.leftOut < 0) look?.name(b, m.nameStart - 1, end);
  }

  /** The place of the value that begins. */
  function valuePlace(at: number): Place {
    if (kinds[m.depth] !== array) return m.member;
    const place = elementPlace(places[m.depth] as Place, indexes[m.depth] as number);
    indexes[m.depth] = (indexes[m.depth] as number) + 1;
    if (m.leftOut < 0) settle(place, at);
    return place;
  }

  /** What the mask makes of a value that begins with that byte, as far as that is known before the rest is. */
  function outcomeOf(mask: number, first: number): Outcome {
    return operation(mask).outcome(first === quote ? 'string' : isNumberStart(first) ? 'number' : 'other');
  }

  function operation(mask: number): Operation {
    return operations[mask] as Operation;
  }

  /** What a string or number becomes. */
  function replacement(mask: number, b: Buffer, at: number, end: number): Buffer {
    const plain = operation(mask).replacePlain(b, at, end);
    if (plain !== null) return plain;
    const raw = b.toString('utf8', at, end);
    return operation(mask).replace(b[at] === quote ? JSON.parse(raw) : raw);
  }

  /** A value is masked: its replacement goes out, or the value is collected to make one of it. */
  function beginMasked(mask: number, first: number, at: number): void {
    const outcome = outcomeOf(mask, first);
    output.keep(at);
    if (outcome === 'value') {
      m.collecting = mask;
      m.hold = at;
    } else if (outcome !== 'drop') {
      output.put(outcome);
      leaveOut(mask);
    }
  }

  /** The same at once for a value that is there whole. */
  function applyMask(mask: number, b: Buffer, lead: number, at: number, end: number): boolean {
    const outcome = outcomeOf(mask, b[at] as number);
    hit(mask);
    if (outcome === 'drop') output.keep(lead);
    else {
      if (outcome === 'value' && end - at > holdLimit) throw tooLong();
      output.keep(at);
      output.put(outcome === 'value' ? replacement(mask, b, at, end) : outcome);
    }
    output.skip(end);
    return outcome !== 'drop';
  }

  function endMasked(b: Buffer, end: number): void {
    if (m.collecting >= 0) {
      checkWindow(end);
      output.put(replacement(m.collecting, b, m.hold, end));
      hit(m.collecting);
      m.collecting = m.hold = -1;
    }
    output.skip(end);
    m.leftOut = -1;
  }

  function endInspected(b: Buffer, end: number): void {
    look?.value(b, m.hold, end);
    m.inspecting = false;
    m.hold = -1;
  }

  /** Reads the bytes from `from` on, up to `n`. */
  function scan(b: Buffer, from: number, n: number): void {
    let i = from;
    for (;;) {
      if (m.state >= want.name) {
        const end = (scanners[m.state] as Scanner)(b, i, n, token);
        if (end < 0) return;
        i = end;
        if (m.state === want.name) {
          endName(b, end);
          m.state = want.colon;
        } else {
          m.state = m.depth === 0 ? want.nothing : want.commaOrClose;
          if (m.leftOut === m.depth || m.collecting >= 0) endMasked(b, end);
          else if (m.inspecting) endInspected(b, end);
        }
      }
      i = skipBlank(b, run(m, b, i, n, applyMask, look), n);
      if (i >= n) return;
      i = step(b, i, b[i] as number);
    }
  }

  /** Takes one byte that is neither white space nor within a token; returns where to go on. */
  function step(b: Buffer, i: number, byte: number): number {
    switch (m.state) {
      case want.commaOrClose:
        if (byte !== comma) return close(b, i, byte);
        if (m.drops && m.leftOut < 0) {
          m.hold = i;
          m.hasComma = true;
        }
        m.state = kinds[m.depth] === object ? want.nameStart : want.value;
        return i + 1;
      case want.nameOrClose:
        if (byte === closeBrace) return close(b, i, byte);
        return beginName(i, byte);
      case want.nameStart:
        return beginName(i, byte);
      case want.colon:
        if (byte !== colon) throw malformed('expected a colon after a member name');
        m.state = want.value;
        return i + 1;
      case want.valueOrClose:
        if (byte === closeBracket) return close(b, i, byte);
        return beginValue(i, byte);
      case want.value:
        return beginValue(i, byte);
      default:
        throw malformed('something follows its end');
    }
  }

  function beginName(i: number, byte: number): number {
    if (byte !== quote) throw malformed('expected a member name');
    if (m.leftOut < 0 && m.hold < 0) m.hold = i;
    m.nameStart = i + 1;
    token.sub = 0;
    token.escaped = false;
    m.state = want.name;
    return i + 1;
  }

  function beginValue(i: number, byte: number): number {
    const place = valuePlace(i);
    if (place.selected >= 0 && m.leftOut < 0) beginMasked(place.selected, byte, i);
    token.sub = 0;
    if (byte === quote) {
      if (look !== null && m.leftOut < 0 && m.collecting < 0) {
        m.inspecting = true;
        m.hold = i;
      }
      m.state = want.string;
      return i + 1;
    }
    if (byte === openBrace || byte === openBracket) return open(i, byte, place);
    if (isNumberStart(byte)) {
      m.state = want.number;
      return i;
    }
    token.word = literals.get(byte) ?? unexpected();
    m.state = want.literal;
    return i;
  }

  function open(i: number, byte: number, place: Place): number {
    if (m.depth >= depthLimit) throw malformed(`more than ${depthLimit} containers within each other`);
    if (m.columns && byte === openBracket && kinds[m.depth] === array && m.leftOut < 0)
      throw malformed('its rows are arrays, in which columns have no names; select them by "path"');
    enter(m, byte, place);
    return i + 1;
  }

  function close(b: Buffer, i: number, byte: number): number {
    if (byte !== (kinds[m.depth] === object ? closeBrace : closeBracket))
      throw malformed('expected a comma or the end');
    leave(m);
    if (m.leftOut === m.depth) endMasked(b, i + 1);
    return i + 1;
  }

  /** A document's bytes are all here: it is whole, or nothing but white space where that is allowed. */
  function endText(blank: boolean): void {
    if (m.state !== want.nothing && !(blank && !begun())) throw malformed('it ends too early');
    m.state = want.value;
    m.member = plan.root;
  }

  function begun(): boolean {
    return m.depth > 0 || m.state !== want.value;
  }

  function scanLines(b: Buffer, from: number): void {
    for (let at = from; at < b.length; ) {
      const lineFeed = b.indexOf(0x0a, at);
      scan(b, at, lineFeed < 0 ? b.length : lineFeed + 1);
      if (lineFeed < 0) return;
      endText(true);
      at = lineFeed + 1;
    }
  }

  function push(chunk: Uint8Array): Uint8Array {
    const from = carry.length;
    const b = carry.join(chunk);
    output.begin(b);
    if (extent === 'lines') scanLines(b, from);
    else scan(b, from, b.length);
    if (m.leftOut >= 0) output.skip(b.length);
    if (m.inspecting && !look?.mayMatter(b, m.hold, b.length)) {
      m.inspecting = false;
      m.hold = -1;
    }
    checkWindow(b.length);
    const letGo = m.hold >= 0 ? m.hold : b.length;
    const bytes = output.take(letGo);
    carry.keep(b, letGo);
    if (m.hold >= 0) m.hold = 0;
    m.nameStart -= letGo;
    return bytes;
  }

  return {
    push,
    get begun() {
      return begun();
    },
    end() {
      // Only what follows a number tells that it has ended: the line feed does, and doesn't leave.
      const bytes = m.state === want.number && m.depth === 0 ? push(Buffer.from('\n')) : null;
      endText(extent === 'lines');
      return bytes === null ? noBytes : bytes.subarray(0, -1);
    },
  };
}

const scanners: readonly (Scanner | undefined)[] = Array.from({ length: 11 }, (_, state) =>
  state === want.number
    ? scanNumber
    : state === want.literal
      ? scanLiteral
      : state >= want.name
        ? scanString
        : undefined,
);

function unexpected(): never {
  throw malformed('expected a value');
}
