import type { Json } from '../request.ts';
import { openAside } from './aside.ts';
import type { Decision } from './decision.ts';
import { canonicalValue } from './json.ts';
import { inputWriter } from './reads.ts';

/**
 * How a shadow's decision stands to the one in force: `verdict` is another one of allow, deny, hold; `detail` the same
 * with other words, headers, masks or recording; `fault` none of its own; `dropped` never made, since too many waited.
 */
export type Likeness = 'same' | 'verdict' | 'detail' | 'fault' | 'dropped';

/** A bundle that is asked what the one in force is asked; nothing it says is enforced. */
export interface Shadow {
  readonly digest: string;
  /** Never rejects, and takes microseconds of the event loop: it evaluates in a thread, by its own limits. */
  compare(input: Json, decided: Decision): Promise<Likeness>;
}

/** What a bundle needs to be one. */
export interface Shadowed {
  readonly digest: string;
  readonly bundle: Parameters<typeof openAside>[0] & { readonly reads: Parameters<typeof inputWriter>[0] };
  readonly entrypoint: number;
  /** Reads the text of a result set. */
  readonly read: (text: string) => Decision;
}

/** Evaluations that may wait: behind by more than that, a shadow passes exchanges over. */
const behind = 32;

/** The thread starts with the first exchange. */
export function openShadow({ digest, bundle, entrypoint, read }: Shadowed): Shadow {
  const aside = openAside(bundle);
  const write = inputWriter(bundle.reads);
  let waiting = 0;
  return {
    digest,
    async compare(input, decided) {
      if (waiting >= behind) return 'dropped';
      waiting += 1;
      try {
        return likeness(decided, read(await aside.evaluate(entrypoint, write(input))));
      } catch {
        return 'fault';
      } finally {
        waiting -= 1;
      }
    },
  };
}

function likeness(decided: Decision, shadow: Decision): Likeness {
  if (shadow.fault !== null) return 'fault';
  if (verdictOf(decided) !== verdictOf(shadow)) return 'verdict';
  return textOf(decided) === textOf(shadow) ? 'same' : 'detail';
}

function verdictOf({ allowed, hold, fault }: Decision): string {
  if (allowed) return 'allow';
  return fault === null && hold !== undefined ? 'hold' : 'deny';
}

/** Members by name: their order is the module's own. */
const textOf = (decision: Decision): string => canonicalValue(JSON.parse(JSON.stringify(decision)));
