import type { Row } from './row.ts';

/** The rows as text for a terminal: one table for each group, numbers to the right. */
export function tableOf(rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, ({ bench }) => bench);
  return [...groups].map(([name, of]) => `${name}\n${lines(of)}`).join('\n\n');
}

const head = ['figure', 'value', 'unit', 'ratio', 'peer', 'goal', 'met'];
const toTheRight: ReadonlySet<number> = new Set([1, 3]);
const met = (of: boolean | null) => (of === null ? '' : of ? 'yes' : 'no');

function lines(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.figure,
    String(row.value),
    row.unit,
    row.ratio === null ? '' : `${row.ratio}x`,
    row.peer === null ? '' : `of ${row.peer}`,
    row.goal ?? '',
    met(row.met),
  ]);
  const widths = head.map((name, at) =>
    Math.max(...[name, ...cells.map((row) => row[at] ?? '')].map((it) => it.length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (toTheRight.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)]
    .map((text) => `  ${text}`)
    .join('\n');
}
