import { openJsonText } from './json/text.ts';
import type { OpenRewriter } from './rewriter.ts';

/** One JSON text as a body. */
export const openJsonRewriter: OpenRewriter = (work) => openJsonText(work);

/** A JSON text a line as a body. A text goes over no line's end: per line is how its reader will see it. */
export const openLinesRewriter: OpenRewriter = (work) => openJsonText(work, 'lines');
