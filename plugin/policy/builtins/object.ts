import type { Builtin } from './operand.ts';
import { readTerm, type Term } from './term.ts';

function hasAll(whole: readonly Term[], part: readonly Term[]): boolean {
  const texts = new Set(whole.map(({ text }) => text));
  return part.every(({ text }) => texts.has(text));
}

/** OPA's `topdown/subset.go`: objects recursively, sets by member, arrays as a contiguous run. */
function isSubset(whole: Term, part: Term): boolean {
  if (whole.text === part.text) return true;
  if (whole.kind === 'object' && part.kind === 'object') {
    const members = new Map(whole.members.map(([key, value]) => [key.text, value]));
    return part.members.every(([key, value]) => {
      const there = members.get(key.text);
      return there !== undefined && isSubset(there, value);
    });
  }
  if (whole.kind === 'set' && part.kind === 'set') return hasAll(whole.items, part.items);
  if (whole.kind === 'array' && part.kind === 'array')
    return whole.items.some((_, start) => part.items.every(({ text }, i) => whole.items[start + i]?.text === text));
  return false;
}

const comparable: ReadonlySet<string> = new Set(['object object', 'set set', 'array array', 'array set']);

/** `object.subset`. */
export const object = {
  'object.subset': (_, { rego }) => {
    const whole = readTerm(rego(0));
    const part = readTerm(rego(1));
    if (!comparable.has(`${whole.kind} ${part.kind}`)) throw new TypeError('expected two of a kind');
    // Only here, not within objects, is a set compared with an array.
    if (whole.kind === 'array' && part.kind === 'set') return hasAll(whole.items, part.items);
    return isSubset(whole, part);
  },
} satisfies Record<string, Builtin>;
