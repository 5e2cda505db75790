import { CountersignError } from '../errors.ts';
import { boundsOf, compilePattern, findAll, type PatternBounds } from '../pattern.ts';
import { type Inspect, type InspectText, type Looking, openSearch as openInspection } from './detect/inspect.ts';
import { type Detector, detectors, type Reach } from './detect/table.ts';
import { holdLimit } from './rewriter.ts';

/** Finds what a plan looks for in texts. */
export interface Search {
  /** Between the quotes of a JSON string. */
  readonly json: Inspect;
  /** In a text that stands as it is. */
  readonly text: InspectText;
  /** What matches may have before them, by detector and pattern. */
  readonly reaches: readonly Reach[];
}

/** Opens the search for what these look for. */
export function openSearch(looking: readonly Looking[]): Search {
  const rows = looking.map(({ detector }) => (typeof detector === 'string' ? detectors[detector] : detector));
  return { ...openInspection(looking), reaches: rows.map(({ reach }) => reach) };
}

/** One character that stands after a match may say that it is none: `\b`, `$`. */
const behind = 4;

/**
 * A policy's own pattern as a detector. It is refused where it would mask nothing, or can't be followed through a text
 * that comes in pieces.
 * @param place stands in messages
 * @throws CountersignError `mask_invalid`, naming the place
 */
export function patternDetector(source: string, place: string): Detector {
  const { pattern, bounds } = compiled(source, place);
  const { shortest, longest, prefix } = bounds;
  if (!Number.isFinite(shortest)) throw invalid(place, 'it matches nothing');
  if (shortest === 0) throw invalid(place, 'it matches the empty text; say what has to be there');
  if (longest > holdLimit / 2)
    throw invalid(
      place,
      `a match may be longer than ${holdLimit / 2} bytes; give "*" and "+" an upper bound, as in "{1,64}"`,
    );
  return {
    gate: { length: shortest, digits: 0, has: null },
    reach: { most: longest + behind, breaks: null, starts: prefix.length === 0 ? null : prefix },
    find: (text, report, from = 0) => findAll(pattern, prefix, text, report, from),
  };
}

function compiled(
  source: string,
  place: string,
): { pattern: ReturnType<typeof compilePattern>; bounds: PatternBounds } {
  try {
    const pattern = compilePattern(source);
    return { pattern, bounds: boundsOf(pattern) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it does not compile';
    throw new CountersignError('mask_invalid', `${place}: expected RE2 syntax: ${why}`, { cause });
  }
}

function invalid(place: string, why: string): CountersignError {
  return new CountersignError('mask_invalid', `${place}: ${why}`);
}
