import { CountersignError } from '../../errors.ts';
import { type EvidenceReport, isEvidence, verifyEvidence } from '../../verify/evidence.ts';
import { readTrusted } from '../../verify/identity.ts';
import { type Outcome, verdicts } from '../../verify/summary.ts';
import { readTrust, type VerifyOptions } from '../../verify/verify.ts';

/**
 * Whether the folders are what `audit prove` wrote. @throws CountersignError `usage` when some are and others are not
 */
export function areEvidence(folders: readonly string[]): boolean {
  const evidence = folders.filter(isEvidence);
  if (evidence.length > 0 && evidence.length < folders.length)
    throw new CountersignError('usage', 'expected folders of logs, or folders of evidence, not both at once');
  return evidence.length > 0;
}

/** What proofs of single entries came to, and the lines that say so; the verdict last. */
export interface EvidenceVerdict {
  readonly outcome: Outcome;
  readonly reports: readonly EvidenceReport[];
  readonly lines: readonly string[];
}

/** `countersign audit verify` on folders of evidence. @throws CountersignError `usage` */
export function judgeEvidence(
  folders: readonly string[],
  { key, since, tsaRoots, witnesses }: VerifyOptions,
): EvidenceVerdict {
  if (since !== undefined || witnesses !== undefined)
    throw new CountersignError(
      'usage',
      '--since and --witness are about a whole log; evidence of one entry has only its checkpoint',
    );
  const trusted = readTrusted(key === undefined ? [] : [key].flat());
  const { roots } = readTrust(tsaRoots === undefined ? {} : { tsaRoots });
  const reports = folders.map((folder) => verifyEvidence(folder, trusted, roots));
  const outcome = outcomeOf(reports, roots !== null);
  return { outcome, reports, lines: [...reports.flatMap(linesOf), '', verdicts[outcome]] };
}

function outcomeOf(reports: readonly EvidenceReport[], anchored: boolean): Outcome {
  if (reports.some(({ findings }) => findings.length > 0)) return 'finding';
  if (reports.some(({ signer }) => signer === 'unknown')) return 'unknown';
  return anchored && reports.some(({ stamped }) => stamped === null) ? 'tail' : 'verified';
}

function linesOf(report: EvidenceReport): readonly string[] {
  const { folder, origin, seq, time, batch, size, signer, key, stamped, disclosed, findings } = report;
  return [
    `${folder}: entry ${seq < 0 ? '?' : seq} of ${origin || 'no log that can be named'}${time === '' ? '' : `, ${time}`}`,
    ...(key === '' ? [] : [`  signed by ${key} (${signer === 'given' ? 'the key given' : 'the key beside it'})`]),
    ...(batch < 0 || size < 0 ? [] : [`  in batch ${batch} of the ${size} that the checkpoint covers`]),
    ...(stamped === null ? [] : [`  the checkpoint is stamped ${stamped}`]),
    ...(disclosed.length === 0 ? [] : [`  opened and proved: ${disclosed.join(', ')}`]),
    ...findings.map(({ code, where, message }) => `  ${code} at ${where}: ${message}`),
  ];
}
