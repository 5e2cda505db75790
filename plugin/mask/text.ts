import { noBytes, type OpenRewriter } from './rewriter.ts';
import { openScan } from './text/scan.ts';

/** Text without a structure: what is found in it is masked, and the rest leaves as it came. */
export const openTextRewriter: OpenRewriter = (work) => {
  const scan = openScan(work);
  return { push: (chunk) => (chunk.length === 0 ? noBytes : scan.push(chunk)), end: () => scan.end() };
};
