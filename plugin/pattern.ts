import { MatcherInput, RE2JS } from 're2js';

/** A compiled regular expression of RE2's syntax: it runs in time linear in its input, whoever wrote it. */
export type Pattern = RE2JS;

/**
 * The one place where a regular expression that somebody else wrote is compiled (V8's own engine backtracks).
 * @param source RE2 syntax (https://github.com/google/re2/wiki/Syntax): no look-around, no back-references
 * @throws Error of the library with what it did not accept; each room gives it its own code
 */
export const compilePattern = (source: string): Pattern => RE2JS.compile(source);

/** What can be said of a pattern's matches without a text. */
export interface PatternBounds {
  /** Bytes of UTF-8 that a match has at least. */
  readonly shortest: number;
  /** And at most; Infinity when a loop has no upper bound. */
  readonly longest: number;
  /** What every match begins with; empty when that is not known. */
  readonly prefix: Uint8Array;
}

/** The engine's program (RE2's `Inst`), which its types leave open. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: Int32Array;
}

/** Kinds of instructions: two ways on, one that takes nothing, an end, a character of a set, and any character. */
const op = { alt: 1, altMatch: 2, capture: 3, emptyWidth: 4, fail: 5, match: 6, nop: 7, rune: 8, rune1: 9 } as const;

/** Instructions that a program may have: one is walked step by step when it is compiled. */
const programLimit = 4_096;

/**
 * Measures a pattern.
 * @throws Error when its program is too large to be walked
 */
export function boundsOf(pattern: Pattern): PatternBounds {
  const { prog, prefixUTF8 } = pattern.re2();
  const program = prog as { readonly inst: readonly Instruction[]; readonly start: number };
  if (program.inst.length > programLimit)
    throw new Error(`it compiles to ${program.inst.length} steps, more than ${programLimit}`);
  const { shortest, longest } = measure(program.inst, program.start);
  return { shortest, longest, prefix: Uint8Array.from((prefixUTF8 ?? []) as Iterable<number>) };
}

interface Reach {
  readonly shortest: number;
  readonly longest: number;
}

const never: Reach = { shortest: Number.POSITIVE_INFINITY, longest: 0 };

function measure(program: readonly Instruction[], start: number): Reach {
  const known = new Map<number, Reach>();
  const open = new Set<number>();
  let loops = false;

  function from(at: number): Reach {
    const there = known.get(at);
    if (there !== undefined) return there;
    if (open.has(at)) {
      loops = true;
      return never;
    }
    open.add(at);
    const reach = step(program[at]);
    open.delete(at);
    known.set(at, reach);
    return reach;
  }

  function step(one: Instruction | undefined): Reach {
    if (one === undefined || one.op === op.fail) return never;
    if (one.op === op.match) return { shortest: 0, longest: 0 };
    if (one.op === op.alt || one.op === op.altMatch) {
      const [left, right] = [from(one.out), from(one.arg)];
      return {
        shortest: Math.min(left.shortest, right.shortest),
        longest: Math.max(left.longest, right.longest),
      };
    }
    const rest = from(one.out);
    if (one.op < op.rune) return rest;
    return { shortest: rest.shortest + 1, longest: rest.longest + widest(one) };
  }

  const { shortest, longest } = from(start);
  return { shortest, longest: loops ? Number.POSITIVE_INFINITY : longest };
}

/** Bytes of UTF-8 that a character of an instruction may have; its argument says that case is folded, or nothing. */
function widest({ op: kind, arg, runes }: Instruction): number {
  if (kind > op.rune1 || arg !== 0) return 4;
  return runes.every((rune) => rune < 0x80) ? 1 : 4;
}

/** Reports where each match begins and ends, in bytes, from `from` on; in order, none within another. */
export function findAll(
  pattern: Pattern,
  prefix: Uint8Array,
  text: Uint8Array,
  report: (start: number, end: number) => void,
  from = 0,
): void {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  let at = next(from);
  if (at < 0) return;
  const matcher = pattern.matcher(MatcherInput.utf8(text));
  while (at >= 0 && matcher.find(at)) {
    report(matcher.start(), matcher.end());
    at = next(Math.max(matcher.end(), matcher.start() + 1));
  }

  /** The engine is slow where nothing is: it starts at the next place that a match could begin at. */
  function next(after: number): number {
    if (after >= bytes.length) return -1;
    return prefix.length === 0 ? after : bytes.indexOf(prefix, after);
  }
}
