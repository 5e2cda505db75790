/** Tells the demo's story on standard output and keeps the score. Colours only where a terminal shows them. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });

/** Columns of a line that is quoted from a response or a command. */
const width = 150;

/** One scenario as the closing table shows it. */
export interface Result {
  readonly title: string;
  /** What happened, in a few words. */
  readonly outcome: string;
  readonly ms: number;
  readonly failures: readonly string[];
}

export interface Teller {
  heading(text: string): void;
  line(text: string): void;
  /** What somebody does: a request, or a command. */
  act(who: string, what: string): void;
  /** What came back: at most `lines` lines, cut at the screen's edge. */
  quote(text: string, lines?: number): void;
  /** A promise of the product. One that does not hold is told with `instead`, and the demo ends with exit code 1. */
  check(promise: string, holds: boolean, instead?: string): void;
  /** Runs one scenario; an error in it is a failure of it, not of those that follow. */
  scenario(title: string, play: () => Promise<string>): Promise<void>;
  table(): void;
  readonly failures: number;
}

/** A teller that writes to `write`, in colour where standard output is a terminal. */
export function openTeller(write: (text: string) => void): Teller {
  const results: Result[] = [];
  let failures: string[] = [];
  const line = (text: string) => write(`${text}\n`);
  const teller: Teller = {
    heading: (text) => line(`\n${paint('bold', text)}`),
    line,
    act: (who, what) => line(`  ${paint('cyan', who)} ${what}`),
    quote(text, lines = 3) {
      for (const one of text.trimEnd().split('\n').slice(0, lines))
        line(paint('dim', `    ${one.length > width ? `${one.slice(0, width)}...` : one}`));
    },
    check(promise, holds, instead) {
      if (!holds) failures.push(promise);
      line(holds ? `  ${paint('green', 'ok')}   ${promise}` : `  ${paint('red', 'FAIL')} ${promise}`);
      if (!holds && instead !== undefined) teller.quote(instead, 20);
    },
    async scenario(title, play) {
      failures = [];
      teller.heading(`${results.length + 1}. ${title}`);
      const started = performance.now();
      let outcome = '';
      try {
        outcome = await play();
      } catch (error) {
        teller.check('the scenario runs to its end', false, error instanceof Error ? error.message : String(error));
      }
      results.push({ title, outcome, ms: performance.now() - started, failures });
    },
    table() {
      const rows = results.map((one, index) => [
        `${index + 1}`,
        one.title,
        one.failures.length === 0 ? one.outcome : 'FAILED',
        `${one.ms.toFixed(0)} ms`,
      ]);
      for (const row of aligned([['#', 'scenario', 'outcome', 'time'], ...rows])) line(`  ${row}`);
    },
    get failures() {
      return results.reduce((sum, one) => sum + one.failures.length, 0);
    },
  };
  return teller;
}

/** Columns side by side; the last one, a time, to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const last = widths.length - 1;
  return rows.map((row) =>
    row.map((cell, at) => (at === last ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  '),
  );
}
