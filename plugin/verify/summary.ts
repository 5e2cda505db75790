import type { Exchanges, Report } from './report.ts';

/** What a verification came to, worst first. `tail` exists only where anchors do. */
export type Outcome = 'finding' | 'unknown' | 'tail' | 'verified';

/** The outcome over all logs that were read together. */
export function outcomeOf(reports: readonly Report[]): Outcome {
  if (reports.some(({ findings }) => findings.length > 0)) return 'finding';
  if (reports.some(({ signer }) => signer === 'unknown')) return 'unknown';
  if (reports.some(({ unanchored }) => unanchored !== null && unanchored > 0)) return 'tail';
  return 'verified';
}

/** The last line of a summary. */
export const verdicts: Readonly<Record<Outcome, string>> = {
  finding: 'NOT VERIFIED: there are findings',
  unknown: 'consistent with itself; signer unknown (give --key to say whose log it must be)',
  tail: 'verified, but no anchor covers the newest batches',
  verified: 'verified',
};

/** Most findings of one log that a summary names; the JSON report has all that were kept. */
const named = 40;

/** The lines of a summary in words: one paragraph a log, one for the exchanges, the verdict last. */
export function summary(reports: readonly Report[], exchanges: Exchanges): string[] {
  return [...reports.flatMap((report) => [...logLines(report), '']), ...exchangeLines(exchanges), verdictLine(reports)];
}

function verdictLine(reports: readonly Report[]): string {
  return verdicts[outcomeOf(reports)];
}

function logLines(report: Report): string[] {
  const { findings, more, checkpoint } = report;
  const hidden = findings.length - named + more;
  return [
    `${report.origin || report.folder}: ${count(report.entries, 'entry', 'entries')} in ${count(report.batches, 'batch', 'batches')}` +
      (report.from === '' ? '' : `, ${report.from} to ${report.to}`),
    ...(report.key === ''
      ? []
      : [`  signed by ${report.key} (${report.signer === 'given' ? 'the key given' : 'the key beside the log'})`]),
    checkpoint === null
      ? '  no checkpoint'
      : `  checkpoint: ${count(checkpoint.size, 'batch', 'batches')}, root ${checkpoint.root}`,
    ...(report.tail > 0
      ? [`  ${count(report.tail, 'batch', 'batches')} behind the checkpoint: signed, not yet in a tree head`]
      : []),
    ...(report.torn > 0
      ? [`  ${count(report.torn, 'byte', 'bytes')} of a last record that was never whole, and never acknowledged`]
      : []),
    ...anchorLines(report),
    ...(report.foreign.length > 0
      ? [`  files that are no part of the log: ${report.foreign.slice(0, 10).join(', ')}`]
      : []),
    ...findings.slice(0, named).map(({ code, where, message }) => `  ${code} at ${where}: ${message}`),
    ...(hidden > 0 ? [`  and ${count(hidden, 'more finding', 'more findings')}`] : []),
  ];
}

function anchorLines({ anchors, unanchored }: Report): string[] {
  if (anchors === null || unanchored === null)
    return ['  not anchored: time and rollback rest on the checkpoint that you keep (--since)'];
  const { found, judged, covered, stamped, from } = anchors;
  const what = `${count(found, 'anchor', 'anchors')}, ${count(covered, 'batch', 'batches')} covered`;
  const tail = from === null ? '' : `: entry ${from} and those behind it`;
  return [
    judged
      ? `  ${what}${stamped === null ? '' : `, last stamped ${stamped}`}`
      : `  ${count(found, 'anchor', 'anchors')}, of which none counts: say whose do (--tsa-root, --witness)`,
    ...(unanchored === 0 ? [] : [`  ${count(unanchored, 'batch', 'batches')} that no anchor covers${tail}`]),
  ];
}

function exchangeLines(exchanges: Exchanges): string[] {
  const { allows, answered, open, openAt, unobserved, unasked, elsewhere, holdsConsumed } = exchanges;
  return [
    `${count(allows, 'allow', 'allows')}, ${answered} with the response's entry, ${open} without` +
      (open === 0 ? '' : ` (${openAt.join(', ')}${open > openAt.length ? ', ...' : ''})`),
    ...(unobserved > 0
      ? [`${count(unobserved, 'allow', 'allows')} whose policy says that the response is not observed`]
      : []),
    ...(unasked > 0 ? [`${count(unasked, 'response', 'responses')} that no decision stands behind, as entered`] : []),
    ...(elsewhere > 0 ? [`${count(elsewhere, 'response', 'responses')} to decisions in logs that were not given`] : []),
    ...(holdsConsumed > 0 ? [`${count(holdsConsumed, 'hold', 'holds')} consumed`] : []),
  ];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
