import { openJsonText } from '../json/text.ts';
import type { Work } from '../rewriter.ts';
import type { EventText } from './follow.ts';

/** Rewrites the data of events as it comes: no mask looks into texts, so none goes from one event to the next. */
export function openPlain(work: Work): EventText {
  const text = openJsonText(work);
  return {
    push: (chunk) => text.push(chunk),
    get begun() {
      return text.begun;
    },
    end: () => text.end(),
    before: () => [],
    rest: () => [],
  };
}
