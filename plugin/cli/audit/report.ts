import { writeFileSync } from 'node:fs';
import type { Found } from '../../verify/entries.ts';
import { type Counts, type HeldAction, type Period, tally } from '../../verify/period.ts';
import { searchEntries } from '../../verify/search.ts';
import { type Outcome, outcomeOf, summary } from '../../verify/summary.ts';
import { type VerifyOptions, verifyLogs } from '../../verify/verify.ts';
import { type Html, html, page, table } from './html.ts';

/** The options of `audit report`, keys and checkpoint read. */
export interface ReportFlags {
  readonly dir: string;
  readonly output: string;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly verify: VerifyOptions;
}

/** What a report says: the period, its entries, and what the verification of the whole log came to. */
export interface Evidence {
  readonly from: number | null;
  readonly to: number | null;
  readonly period: Period;
  readonly outcome: Outcome;
  /** The words of `audit verify`. */
  readonly verification: readonly string[];
}

/** `countersign audit report`: the whole log verified, a period of it told, in one HTML file. Gives the outcome. */
export async function reportCommand({ dir, output, from, to, verify }: ReportFlags): Promise<Outcome> {
  const { logs, exchanges } = await verifyLogs([dir], verify, () => {});
  const query = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const period = tally(searchEntries(dir, query));
  const outcome = outcomeOf(logs);
  const verification = summary(logs, exchanges);
  writeFileSync(output, reportOf({ from: from ?? null, to: to ?? null, period, outcome, verification }));
  process.stdout.write(`${output}: ${period.entries} entries; ${verification.at(-1)}\n`);
  return outcome;
}

/** The report as a self-contained page. */
export function reportOf(evidence: Evidence): string {
  const { period, outcome, verification } = evidence;
  const title = `Countersign evidence report, ${spanOf(evidence)}`;
  return page(
    title,
    html`<h1>${title}</h1>
<h2>Verification</h2>
<p class="${outcome === 'verified' ? 'good' : 'bad'}"><strong>${verification.at(-1) ?? ''}</strong></p>
<p>Of the whole log that the period is part of. Repeat it with "countersign audit verify": this page proves nothing by itself.</p>
<pre>${verification.join('\n')}</pre>
<h2>Population</h2>
<p>${period.entries} entries${period.entries === 0 ? '' : ` from ${timeText(period.first)} to ${timeText(period.last)}`}.</p>
${counted('Entries by kind', ['kind'], period.kinds)}
${counted('Decisions by verdict', ['verdict'], period.verdicts)}
${counted('Decisions by principal', ['principal', 'verdict'], period.principals)}
${counted('Decisions by rule', ['rule', 'verdict'], period.rules)}
<h2>Privileged actions and their approvals</h2>
${table('Held actions', ['asker', 'action', 'rule', 'steps', 'exchange'], period.holds.map(heldRow), 'none in this period')}
<h2>Masked values</h2>
${counted('Values masked', ['rule', 'field'], period.masks)}
<h2>Deviations</h2>
${table('Deviations', ['entry', 'time', 'state', 'what', 'detail', 'count'], rowsOf(period.deviations, ['state', 'what', 'detail', 'count']), 'none')}
<h2>Disclosures and erasures</h2>
${table('Who read, opened or erased', ['entry', 'time', 'kind', 'who', 'what', 'subject', 'reason'], rowsOf(period.disclosures, ['kind', 'principal', 'what', 'subject', 'reason']), 'none')}
<h2>Changes of the service</h2>
${table('Starts, policies, keys', ['entry', 'time', 'kind', 'action', 'policy', 'revision', 'version'], rowsOf(period.changes, ['kind', 'action', 'policyDigest', 'revision', 'version']), 'none')}
<h2>Gaps in time</h2>
${table(
  'More than 90 seconds without an entry',
  ['from', 'to', 'seconds', 'why', 'next entry'],
  period.gaps.map(({ from, to, seq, why }) => [timeText(from), timeText(to), Math.round((to - from) / 1000), why, seq]),
  'none',
)}
${period.left === 0 ? '' : html`<p class="bad">${period.left} rows are left out of these lists, which have room for 5000 each: take a shorter period.</p>`}`,
  );
}

function counted(caption: string, names: readonly string[], counts: Counts): Html {
  const rows = [...counts].sort(([, one], [, other]) => other - one);
  return table(
    caption,
    [...names, 'count'],
    rows.map(([name, count]) => [...(JSON.parse(name) as string[]), count]),
    'none',
  );
}

function heldRow({ asker, action, rule, steps, exchange }: HeldAction) {
  const told = steps.map(({ seq, time, transition, approver, group }) => {
    const who = approver === '' ? '' : ` by ${approver}${group === '' ? '' : ` (${group})`}`;
    return html`<div>${transition}${who}, ${timeText(time)}, entry ${seq}</div>`;
  });
  return [asker, action, rule, told, exchange];
}

function rowsOf(found: readonly Found[], members: readonly string[]) {
  return found.map(({ seq, entry }) => [
    seq,
    timeText(Number(entry.time)),
    ...members.map((name) => cell(entry[name])),
  ]);
}

function cell(value: unknown): string | number {
  if (typeof value === 'object' && value !== null && 'id' in value) return String(value.id);
  return typeof value === 'number' || typeof value === 'string' ? value : '';
}

function spanOf({ from, to }: Evidence): string {
  if (from === null && to === null) return 'the whole log';
  return `${from === null ? 'from the beginning' : timeText(from)} to ${to === null ? 'now' : timeText(to)}`;
}

/** RFC 3339 to the second, UTC. */
function timeText(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString().replace(/\.\d+Z$/, 'Z') : 'no time';
}
