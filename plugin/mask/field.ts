import { maskText } from './nested.ts';
import type { Work } from './rewriter.ts';

/**
 * What a text field becomes under the mask that selects it, or else by what is found in it.
 * @returns null when it goes, undefined when it stays as it is spelled
 */
export function maskField(value: string, mask: number | undefined, work: Work): string | null | undefined {
  if (mask === undefined) return maskText(value, work) ?? undefined;
  work.hit(mask);
  return work.operations[mask]?.text(value) ?? null;
}

/** Whether any mask of the body selects by a name. */
export function namesMatter({ plan }: Work): boolean {
  return plan.selectors.has('key') || plan.selectors.has('column') || plan.selectors.has('path');
}
