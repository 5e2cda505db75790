import { maskNested } from '../nested.ts';
import type { Work } from '../rewriter.ts';
import { decodeEntities, escapeMarkup, type Resolve } from './entities.ts';

/**
 * Masks what is found in a text or an attribute's value, with entities decoded. What is not found stays as it is
 * spelled; a text that holds JSON or base64 is written anew where something in it is masked.
 */
export function maskContent(raw: string, resolve: Resolve, work: Work): string {
  const { text, origins } = decodeEntities(raw, resolve);
  const nested = maskNested(text.toString('utf8'), work);
  if (nested !== null) return escapeMarkup(nested);
  const spans = work.plan.search?.text(text) ?? [];
  if (spans.length === 0) return raw;
  const bytes = Buffer.from(raw);
  let masked = '';
  let done = 0;
  for (const { start, end, mask, text: found } of spans) {
    masked += bytes.toString('utf8', done, origins[start]);
    masked += escapeMarkup(work.operations[mask]?.part(found) ?? '');
    // An entity that stands for several characters goes whole.
    let last = end;
    while (last < text.length && origins[last] === origins[end - 1]) last++;
    done = origins[last] as number;
    work.hit(mask);
  }
  return masked + bytes.toString('utf8', done);
}
