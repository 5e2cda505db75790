import { CountersignError } from '../errors.ts';
import type { Place } from './automaton.ts';
import { openCarry } from './json/carry.ts';
import { elementPlace, memberPlace } from './json/lookup.ts';
import { openSplice } from './json/splice.ts';
import {
  literals,
  malformed,
  type Scanner,
  scanLiteral,
  scanNumber,
  scanString,
  type TokenCursor,
} from './json/token.ts';
import { openUtf8Check } from './json/utf8.ts';
import type { OpenRewriter } from './masker.ts';

/** Containers within containers; a deeper document is refused. */
const depthLimit = 512;

/** Bytes that may be held back: a comma, white space and a member name, or a value whose replacement depends on it. */
const window = 128 * 1024;

/** What may come next. From `name` on, a token has begun. */
const want = {
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

const object = 1;
const array = 2;
const [tab, lineFeed, carriageReturn, space] = [0x09, 0x0a, 0x0d, 0x20];
const [quote, comma, colon, minus] = [0x22, 0x2c, 0x3a, 0x2d];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Rewrites one JSON text (RFC 8259, strictly) as its bytes come. Bytes that no mask touches leave as they came; held
 * back are, up to 128 KiB: a member's name and the comma before it until it is known whether the member is dropped, and
 * a value that `partial` or `hash` needs whole. A dropped member or element goes with the comma before it; when no
 * sibling before it was kept, with the comma after it.
 */
export const openJsonRewriter: OpenRewriter = (plan, operations, hit) => {
  const utf8 = openUtf8Check();
  const carry = openCarry();
  const output = openSplice();
  const token: TokenCursor = { sub: 0, escaped: false, word: new Uint8Array(0) };
  const drops = plan.masks.map(({ operator }) => operator === 'drop');
  const dropsAny = drops.includes(true);

  let state: number = want.value;
  /** Open containers; the arrays below are by depth, 0 is outside of all. */
  let depth = 0;
  const kinds = new Uint8Array(depthLimit + 1);
  const places: Place[] = new Array<Place>(depthLimit + 1).fill(plan.root);
  const indexes = new Uint32Array(depthLimit + 1);
  /** Whether a member or element of the container was kept. */
  const kept = new Uint8Array(depthLimit + 1);
  /** Place of the member whose name was read. */
  let member = plan.root;

  /** Depth at which the value stands that is being left out; -1 when none is. */
  let leftOut = -1;
  /** Mask whose value is being collected, which begins at `hold`; -1 when none is. */
  let collecting = -1;
  /** Start of what is held back; -1 when nothing is. `hasComma`: a comma stands there. */
  let hold = -1;
  let hasComma = false;
  let nameStart = 0;

  function checkWindow(end: number): void {
    if (hold >= 0 && end - hold > window)
      throw new CountersignError(
        'mask_impossible',
        `the response can not be masked for certain: more than ${window} bytes in one name or masked value`,
      );
  }

  /** Lets the comma, name and white space go that wait for this member or element, or leaves them and it out. */
  function settle(place: Place, at: number): void {
    checkWindow(at);
    if (dropsAny) {
      if (place.selected >= 0 && drops[place.selected]) {
        output.keep(hold >= 0 ? hold : at);
        leaveOut(place.selected);
      } else if (kept[depth] === 0) {
        kept[depth] = 1;
        if (hasComma) {
          output.keep(hold);
          output.skip(hold + 1);
        }
      }
    }
    hasComma = false;
    hold = -1;
  }

  function leaveOut(mask: number): void {
    hit(mask);
    leftOut = depth;
  }

  function endName(b: Buffer, end: number): void {
    if (leftOut >= 0) return;
    const parent = places[depth] as Place;
    member = parent.dead ? parent : memberPlace(parent, b, nameStart, end - 1, token.escaped);
    settle(member, end);
  }

  /** The place of the value that begins. */
  function valuePlace(at: number): Place {
    if (kinds[depth] !== array) return member;
    const place = elementPlace(places[depth] as Place, indexes[depth] as number);
    indexes[depth] = (indexes[depth] as number) + 1;
    if (leftOut < 0) settle(place, at);
    return place;
  }

  /** A value is masked: its replacement goes out, or the value is collected to make one of it. */
  function beginMasked(mask: number, first: number, at: number): void {
    const outcome = operations[mask]?.outcome(first === quote ? 'string' : isNumberStart(first) ? 'number' : 'other');
    output.keep(at);
    if (outcome === 'value') {
      collecting = mask;
      hold = at;
    } else if (outcome !== undefined && outcome !== 'drop') {
      output.put(outcome);
      leaveOut(mask);
    }
  }

  function endMasked(b: Buffer, end: number): void {
    if (collecting >= 0) {
      checkWindow(end);
      const raw = b.toString('utf8', hold, end);
      const replacement = operations[collecting]?.replace(b[hold] === quote ? JSON.parse(raw) : raw);
      hit(collecting);
      if (replacement) output.put(replacement);
      collecting = hold = -1;
    }
    output.skip(end);
    leftOut = -1;
  }

  /** Reads the bytes from `from` on. */
  function scan(b: Buffer, from: number): void {
    const n = b.length;
    let i = from;
    for (;;) {
      if (state >= want.name) {
        const end = (scanners[state] as Scanner)(b, i, n, token);
        if (end < 0) return;
        i = end;
        if (state === want.name) {
          endName(b, end);
          state = want.colon;
        } else {
          state = depth === 0 ? want.nothing : want.commaOrClose;
          if (leftOut === depth || collecting >= 0) endMasked(b, end);
        }
      }
      if (i >= n) return;
      const byte = b[i] as number;
      if (byte === space || byte === lineFeed || byte === carriageReturn || byte === tab) i++;
      else i = step(b, i, byte);
    }
  }

  /** Takes one byte that is neither white space nor within a token; returns where to go on. */
  function step(b: Buffer, i: number, byte: number): number {
    switch (state) {
      case want.commaOrClose:
        if (byte !== comma) return close(b, i, byte);
        if (dropsAny && leftOut < 0) {
          hold = i;
          hasComma = true;
        }
        state = kinds[depth] === object ? want.nameStart : want.value;
        return i + 1;
      case want.nameOrClose:
        if (byte === closeBrace) return close(b, i, byte);
        return beginName(i, byte);
      case want.nameStart:
        return beginName(i, byte);
      case want.colon:
        if (byte !== colon) throw malformed('expected a colon after a member name');
        state = want.value;
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
    if (leftOut < 0 && hold < 0) hold = i;
    nameStart = i + 1;
    token.sub = 0;
    token.escaped = false;
    state = want.name;
    return i + 1;
  }

  function beginValue(i: number, byte: number): number {
    const place = valuePlace(i);
    if (place.selected >= 0 && leftOut < 0) beginMasked(place.selected, byte, i);
    token.sub = 0;
    if (byte === quote) {
      state = want.string;
      return i + 1;
    }
    if (byte === openBrace || byte === openBracket) return open(i, byte, place);
    if (isNumberStart(byte)) {
      state = want.number;
      return i;
    }
    token.word = literals.get(byte) ?? unexpected();
    state = want.literal;
    return i;
  }

  function open(i: number, byte: number, place: Place): number {
    if (depth >= depthLimit) throw malformed(`more than ${depthLimit} containers within each other`);
    depth++;
    kinds[depth] = byte === openBrace ? object : array;
    places[depth] = place;
    indexes[depth] = 0;
    kept[depth] = 0;
    state = byte === openBrace ? want.nameOrClose : want.valueOrClose;
    return i + 1;
  }

  function close(b: Buffer, i: number, byte: number): number {
    if (byte !== (kinds[depth] === object ? closeBrace : closeBracket)) throw malformed('expected a comma or the end');
    depth--;
    state = depth === 0 ? want.nothing : want.commaOrClose;
    if (leftOut === depth) endMasked(b, i + 1);
    return i + 1;
  }

  function push(chunk: Uint8Array): Uint8Array {
    utf8.push(chunk);
    const from = carry.length;
    const b = carry.join(chunk);
    output.begin(b);
    scan(b, from);
    if (leftOut >= 0) output.skip(b.length);
    checkWindow(b.length);
    const letGo = hold >= 0 ? hold : b.length;
    const bytes = output.take(letGo);
    carry.keep(b, letGo);
    if (hold >= 0) hold = 0;
    nameStart -= letGo;
    return bytes;
  }

  return {
    push,
    end() {
      utf8.end();
      // Only what follows a number tells that it has ended: the line feed does, and doesn't leave.
      const bytes = state === want.number && depth === 0 ? push(Buffer.from('\n')) : null;
      if (state !== want.nothing) throw malformed('it ends too early');
      return bytes === null ? new Uint8Array(0) : bytes.subarray(0, -1);
    },
  };
};

const scanners: readonly (Scanner | undefined)[] = Array.from({ length: 11 }, (_, state) =>
  state === want.number
    ? scanNumber
    : state === want.literal
      ? scanLiteral
      : state >= want.name
        ? scanString
        : undefined,
);

function isNumberStart(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === minus;
}

function unexpected(): never {
  throw malformed('expected a value');
}
