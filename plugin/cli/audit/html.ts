import { visible } from '../visible.ts';
import { css } from './style.ts';

/** Text that is HTML already: only `html` makes it. */
export interface Html {
  readonly markup: string;
}

/** What stands in a template: HTML as it is, lists one after the other, all else escaped. */
type Part = Html | string | number | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * HTML of a template. Values are escaped (for text and quoted attributes) with control and direction characters made
 * visible: what a caller wrote can be no markup, and can't reorder what is read.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: strings.map((text, at) => text + (at < parts.length ? markupOf(parts[at] ?? '') : '')).join('') };
}

function markupOf(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number')
    return visible(String(part)).replace(/[&<>"']/g, (character) => entities[character] ?? '');
  return 'markup' in part ? part.markup : part.map(markupOf).join('');
}

/** A table with a caption; `none` where it has no rows. Cells of numbers stand right. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Part[])[],
  none: string,
): Html {
  if (rows.length === 0) return html`<p class="none">${caption}: ${none}</p>`;
  // A column of numbers has its head above them.
  const isNumber = heads.map((_, at) => typeof rows[0]?.[at] === 'number');
  return html`<table><caption>${caption}</caption>
<thead><tr>${heads.map((head, at) => html`<th scope="col"${isNumber[at] ? numeric : classOf(head, head)}>${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell, at) => html`<td${classOf(cell, heads[at] ?? '')}>${cell}</td>`)}</tr>
`,
  )}</tbody></table>`;
}

const numeric: Html = { markup: ' class="n"' };
const whole: Html = { markup: ' class="w"' };

/** Columns whose words we chose ourselves: they are short, and are not broken. */
const ours = new Set(['entry', 'time', 'from', 'to', 'kind', 'verdict', 'version']);

/** Numbers stand right. What others wrote may break anywhere, so that it always fits on A4. */
function classOf(cell: Part, head: string): Html | '' {
  if (typeof cell === 'number') return numeric;
  return ours.has(head) ? whole : '';
}

/** A number with a bar of that part of the whole, 0 to 1. */
export function bar(count: number, part: number): Html {
  const width = Math.round(Math.min(1, Math.max(0, part)) * 100);
  return html`<span class="bar"><i style="width:${width}%"></i><b>${count.toLocaleString('en')}</b></span>`;
}

/** A word on a coloured ground: `good`, `bad`, `warn` or `plain`. */
export function badge(tone: 'good' | 'bad' | 'warn' | 'plain', text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

const style: Html = { markup: css };

/** Everything in one file: no script, no picture, no network, and a policy that allows none. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>
`.markup;
}
