import { visible } from '../visible.ts';

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
  return html`<table><caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td${typeof cell === 'number' ? numeric : ''}>${cell}</td>`)}</tr>
`,
  )}</tbody></table>`;
}

const numeric: Html = { markup: ' class="n"' };

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

const style: Html = {
  markup: `@page { size: A4; margin: 15mm }
body { font: 11pt/1.4 system-ui, sans-serif; color: #111; background: #fff; margin: 0 }
main { max-width: 190mm; margin: 0 auto; padding: 8mm }
h1 { font-size: 20pt; margin: 0 0 4mm } h2 { font-size: 14pt; margin: 8mm 0 2mm; break-after: avoid }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 5mm; font-size: 9pt }
caption { text-align: left; font-weight: 600; padding: 1mm 0 }
th, td { border-bottom: 1px solid #999; padding: 1mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere }
thead { display: table-header-group } tr { break-inside: avoid } .n { text-align: right; white-space: nowrap }
.good { color: #0a5c1f } .bad { color: #9b0000 } .none { color: #444 } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 9pt }
@media print { main { padding: 0; max-width: none } }`,
};
