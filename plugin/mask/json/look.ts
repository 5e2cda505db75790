import { maskNested, mayNest, openers } from '../nested.ts';
import { holdLimit, type Work } from '../rewriter.ts';
import type { LookInto } from './run.ts';
import type { Splice } from './splice.ts';
import { tooLong } from './token.ts';

/** Looks into the strings that no mask selects, and masks what is found. */
export interface Look extends LookInto {
  /** Masks what is found in a member's name that stays. */
  name(b: Buffer, at: number, end: number): void;
  /** Whether a string whose end has not come yet has to be held back for what may be found in it. */
  mayMatter(b: Buffer, at: number, n: number): boolean;
}

const quote = 0x22;
const anything = new Uint8Array(256).fill(1);

/** Opens the look into strings that a plan needs; null where it needs none. */
export function openLook(work: Work, output: Splice): Look | null {
  const { plan, operations, hit } = work;
  const json = plan.search?.json ?? null;
  const nests = plan.keys.size + plan.columns.size > 0 || json !== null;
  if (!nests) return null;

  function spans(b: Buffer, at: number, end: number): void {
    if (json === null) return;
    if (end - at > holdLimit) throw tooLong();
    for (const span of json(b, at + 1, end - 1)) {
      output.keep(at + 1 + span.start);
      output.put(operations[span.mask]?.replacePart(span.text) ?? Buffer.alloc(0));
      output.skip(at + 1 + span.end);
      hit(span.mask);
    }
  }

  return {
    opens: json === null ? openers : anything,
    names: json !== null,
    value(b, at, end) {
      if (mayNest(b, at + 1, end - 1, json !== null)) {
        if (end - at > holdLimit) throw tooLong();
        const masked = maskNested(JSON.parse(b.toString('utf8', at, end)), work);
        if (masked !== null) {
          output.keep(at);
          output.put(Buffer.from(JSON.stringify(masked)));
          output.skip(end);
          return;
        }
      }
      spans(b, at, end);
    },
    name: spans,
    finds: (b, at, end) => json !== null && json(b, at + 1, end - 1).length > 0,
    mayMatter: (b, at, n) => json !== null || mayNest(b, at + 1, b[n - 1] === quote ? n - 1 : n, false),
  };
}
