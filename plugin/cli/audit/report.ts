import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openProver } from '../../audit/prove.ts';
import { openDraw } from '../../verify/draw.ts';
import type { Found } from '../../verify/entries.ts';
import { tally } from '../../verify/period.ts';
import { searchEntries } from '../../verify/search.ts';
import { type Outcome, outcomeOf, summary } from '../../verify/summary.ts';
import { type VerifyOptions, verifyLogs } from '../../verify/verify.ts';
import { reportOf, type Sample } from './report-page.ts';

/** The options of `audit report`, keys and checkpoint read. */
export interface ReportFlags {
  readonly dir: string;
  readonly output: string;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  /** Decisions of which evidence is written beside the report. */
  readonly sample?: number;
  readonly verify: VerifyOptions;
}

/** `countersign audit report`: the whole log verified, a period of it told, in one HTML file. Gives the outcome. */
export async function reportCommand({ dir, output, from, to, sample, verify }: ReportFlags): Promise<Outcome> {
  const { logs, exchanges } = await verifyLogs([dir], verify, () => {});
  const [log] = logs;
  const { root = '', size = 0 } = log?.checkpoint ?? {};
  const draw = openDraw(root, sample ?? 0);
  const query = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const period = tally(draw.seen(searchEntries(dir, query)));
  const outcome = outcomeOf(logs);
  const verification = summary(logs, exchanges);
  const evidence = sample === undefined || size === 0 ? null : await prove(dir, output, draw.drawn());
  writeFileSync(
    output,
    reportOf({
      ...{ from: from ?? null, to: to ?? null, origin: log?.origin ?? '', key: log?.key ?? '' },
      ...{ period, outcome, verification },
      sample: evidence === null ? null : { of: draw.of, root, drawn: evidence },
    }),
  );
  const folders = evidence === null ? '' : `, evidence of ${evidence.length}`;
  process.stdout.write(`${output}: ${period.entries} entries${folders}; ${verification.at(-1)}\n`);
  return outcome;
}

/** A folder of evidence for each that was drawn, beside the report and named after it. */
async function prove(dir: string, output: string, drawn: readonly Found[]): Promise<Sample['drawn']> {
  const name = `${basename(output).replace(/\.html?$/, '')}-evidence`;
  const prover = await openProver(dir);
  const written: { found: Found; folder: string }[] = [];
  for (const found of drawn) {
    const folder = join(name, `${found.seq}`);
    const target = join(dirname(output), folder);
    mkdirSync(target, { recursive: true });
    for (const [file, content] of Object.entries(await prover(found.seq))) writeFileSync(join(target, file), content);
    written.push({ found, folder });
  }
  return written;
}
