import type { Found } from '../../verify/entries.ts';
import type { Counts, Deviation, HeldAction, Period, Step } from '../../verify/period.ts';
import type { Outcome } from '../../verify/summary.ts';
import { badge, bar, type Html, html, page, table } from './html.ts';

/** What a report says: the period, its entries, and what the verification of the whole log came to. */
export interface Evidence {
  readonly from: number | null;
  readonly to: number | null;
  /** Of the log; empty when it can't be read. */
  readonly origin: string;
  /** `sha256:` and the fingerprint of the signer's key; empty without one. */
  readonly key: string;
  readonly period: Period;
  readonly outcome: Outcome;
  /** The words of `audit verify`. */
  readonly verification: readonly string[];
  readonly sample: Sample | null;
}

/** Decisions that were drawn, each with a folder of evidence. */
export interface Sample {
  /** Decisions in the period. */
  readonly of: number;
  /** Hex: the root that the draw follows from. */
  readonly root: string;
  readonly drawn: readonly { readonly found: Found; readonly folder: string }[];
}

const tones: Readonly<Record<Outcome, 'good' | 'bad' | 'warn'>> = {
  verified: 'good',
  tail: 'warn',
  unknown: 'warn',
  finding: 'bad',
};

/** The report as a self-contained page. */
export function reportOf(evidence: Evidence): string {
  const { period } = evidence;
  return page(
    `Evidence report, ${spanOf(evidence)}`,
    html`${head(evidence)}
${tiles(period)}
<h2>Verification</h2>
<p>Of the whole log that the period is part of. Repeat it with "countersign audit verify": this page proves nothing by itself.</p>
<pre>${evidence.verification.join('\n')}</pre>
<h2>Population</h2>
<div class="two"><div>${counted('Entries by kind', ['kind'], period.kinds)}</div>
<div>${counted('Decisions by verdict', ['verdict'], period.verdicts)}</div></div>
${counted('Decisions by principal', ['principal', 'verdict'], period.principals)}
${counted('Decisions by rule', ['rule', 'verdict'], period.rules)}
<h2>Privileged actions and their approvals</h2>
${period.holds.length === 0 ? html`<p class="none">Held actions: none in this period</p>` : period.holds.map(heldCase)}
<h2>Masked values</h2>
${counted('Values masked', ['rule', 'field'], period.masks)}
<h2>Deviations and their resolution</h2>
${period.deviations.length === 0 ? html`<p class="none">Deviations: none</p>` : period.deviations.map(deviationCase)}
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
${sampled(evidence.sample)}
${period.left === 0 ? '' : html`<p class="bad">${period.left} rows are left out of these lists, which have room for 5000 each: take a shorter period.</p>`}
<footer>Times are UTC, by the gateway's clock. Values that callers wrote are shown as text, control characters made visible. Queries, bodies and command texts are committed to in the log, not shown here.</footer>`,
  );
}

function head(evidence: Evidence): Html {
  const { origin, key, outcome, verification } = evidence;
  return html`<header><div class="brand">Countersign</div>
<h1>Evidence report</h1>
<p>${spanOf(evidence)}</p>
<p>Log <span class="id">${origin || 'that can not be read'}</span>${key === '' ? '' : html`, signed by <span class="id">${key}</span>`}</p></header>
<div class="verdict ${tones[outcome]}"><strong class="${tones[outcome]}">${verification.at(-1) ?? ''}</strong>
<p>${period(evidence.period)}</p></div>`;
}

function period({ entries, first, last }: Period): string {
  const count = `${entries.toLocaleString('en')} ${entries === 1 ? 'entry' : 'entries'}`;
  return entries === 0 ? `${count} in this period.` : `${count} from ${timeText(first)} to ${timeText(last)}.`;
}

function tiles({ verdicts, holds, masks, deviations, disclosures }: Period): Html {
  const verdict = (name: string) => verdicts.get(JSON.stringify([name])) ?? 0;
  const steps = holds.flatMap((hold) => hold.steps);
  const open = deviations.filter((one) => stateOf(one) !== 'resolved');
  const rows: readonly [string, number][] = [
    ['allowed', verdict('allow')],
    ['denied', verdict('deny')],
    ['held for people', holds.length],
    ['approvals given', steps.filter(({ transition }) => transition === 'approved').length],
    ['values masked', [...masks.values()].reduce((sum, count) => sum + count, 0)],
    ['disclosures, erasures', disclosures.length],
    ['deviations', deviations.length],
    ['of them not resolved', open.length],
  ];
  return html`<dl class="tiles">${rows.map(([name, count]) => html`<div><dt>${name}</dt><dd>${count.toLocaleString('en')}</dd></div>`)}</dl>`;
}

function counted(caption: string, names: readonly string[], counts: Counts): Html {
  const rows = [...counts].sort(([, one], [, other]) => other - one);
  const most = rows[0]?.[1] ?? 1;
  return table(
    caption,
    [...names, 'count'],
    rows.map(([name, count]) => [
      ...(JSON.parse(name) as string[]).map((it) => it || '(none)'),
      bar(count, count / most),
    ]),
    'none',
  );
}

const transitions: Readonly<Record<string, 'good' | 'bad' | 'warn'>> = {
  approved: 'good',
  granted: 'good',
  consumed: 'good',
  rejected: 'bad',
  revoked: 'bad',
  broke_glass: 'bad',
  expired: 'warn',
  withdrawn: 'warn',
  retracted: 'warn',
};

/** Word and tone of a step. */
const stepBadge = (transition: string): Html =>
  badge(Object.hasOwn(transitions, transition) ? (transitions[transition] ?? 'plain') : 'plain', transition);

function heldCase({ hold, asker, action, rule, steps, exchange }: HeldAction): Html {
  return html`<section class="case"><h3>${action || 'decided outside this period'} ${stepBadge(steps.at(-1)?.transition ?? 'opened')}</h3>
<p>asked by <strong>${asker || 'nobody named'}</strong>, rule ${rule || '(none)'}</p>
<p>hold <span class="id">${hold}</span>, exchange <span class="id">${exchange}</span></p>
<ol>${steps.map(stepLine)}</ol></section>
`;
}

function stepLine({ seq, time, transition, approver, group }: Step): Html {
  const who = approver === '' ? '' : html` by <strong>${approver}</strong>${group === '' ? '' : ` for ${group}`}`;
  return html`<li>${stepBadge(transition)}${who} <time>${timeText(time)}</time> <span class="seq">entry ${seq}</span></li>`;
}

const states: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  resolved: 'good',
  acknowledged: 'warn',
  opened: 'bad',
};

const stateOf = ({ steps }: Deviation): string => steps.at(-1)?.state ?? 'opened';

function deviationCase(deviation: Deviation): Html {
  const { seq, time, what, detail, count, steps } = deviation;
  const state = stateOf(deviation);
  const tone = Object.hasOwn(states, state) ? (states[state] ?? 'plain') : 'plain';
  return html`<section class="case"><h3>${what} ${badge(tone, state === 'opened' ? 'open' : state)}</h3>
<p>${count === 1 ? '' : `${count.toLocaleString('en')} times: `}${detail}</p>
<p><time>${timeText(time)}</time> entry ${seq}</p>
${steps.length === 0 ? '' : html`<ol>${steps.map((step) => html`<li>${step.state}${step.by === '' ? '' : html` by <strong>${step.by}</strong>`}: ${step.detail} <time>${timeText(step.time)}</time> <span class="seq">entry ${step.seq}</span></li>`)}</ol>`}</section>
`;
}

function sampled(sample: Sample | null): Html {
  if (sample === null) return html``;
  const { of, root, drawn } = sample;
  return html`<h2>Sample</h2>
<p>${drawn.length} of ${of} decisions, those with the smallest SHA-256 of the log's root and their number: nobody chose them, and anybody draws the same. Root <span class="id">${root}</span>.</p>
${table(
  'Drawn, with a folder of evidence each',
  ['entry', 'time', 'who', 'verdict', 'action', 'evidence'],
  drawn.map(({ found: { seq, entry }, folder }) => [
    seq,
    timeText(Number(entry.time)),
    cell(entry.principal),
    cell(entry.verdict),
    `${cell(entry.method)} ${cell(entry.authority)}${cell(entry.path)}`,
    html`<span class="id">${folder}</span>`,
  ]),
  'there are no decisions in this period',
)}`;
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
