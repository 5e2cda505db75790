import { hash } from 'node:crypto';
import type { Found } from './entries.ts';

/** A draw of decisions that nobody can steer once the log's root is signed, and that anybody can repeat. */
export interface Draw {
  /** Passes entries on, and looks at each. */
  seen(entries: Iterable<Found>): Generator<Found>;
  /** Decisions seen. */
  readonly of: number;
  /** Those that were drawn, in the order of the log. */
  drawn(): readonly Found[];
}

/** Draws so many decisions: those with the smallest SHA-256 of `root/seq`. Keeps no others. `root` is hex. */
export function openDraw(root: string, count: number): Draw {
  let kept: { readonly rank: string; readonly found: Found }[] = [];
  let of = 0;

  function look(found: Found): void {
    if (found.entry.kind !== 'decision') return;
    of += 1;
    const rank = hash('sha256', `${root}/${found.seq}`);
    const last = kept.at(-1);
    if (count === 0 || (kept.length === count && last !== undefined && rank > last.rank)) return;
    kept = [...kept, { rank, found }].sort((one, other) => (one.rank < other.rank ? -1 : 1)).slice(0, count);
  }

  return {
    *seen(entries) {
      for (const found of entries) {
        look(found);
        yield found;
      }
    },
    get of() {
      return of;
    },
    drawn: () => kept.map(({ found }) => found).sort((one, other) => one.seq - other.seq),
  };
}
