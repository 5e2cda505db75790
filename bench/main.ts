/**
 * `npm run bench`: measures, prints a table with ratios, and writes `bench/results.json`, so that a figure that got
 * worse is seen in the diff. `-- GROUP` measures one group and leaves the rows of the others as they were; `--json`
 * prints rows instead of tables; `--profile` shows where Countersign spends its time instead.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAudit } from './audit.ts';
import { benchExchange } from './exchange.ts';
import { benchHolds } from './holds.ts';
import { machineOf } from './machine.ts';
import { benchMask } from './mask.ts';
import { benchPolicy } from './policy.ts';
import { profileExchange } from './profile.ts';
import { type Measure, type Row, rowsOf } from './row.ts';
import { tableOf } from './table.ts';

/** Takes a line of progress. */
export type Say = (line: string) => void;

/** In the order of the table. */
const groups: Readonly<Record<string, (say: Say) => Promise<readonly Measure[]>>> = {
  exchange: benchExchange,
  audit: benchAudit,
  policy: benchPolicy,
  mask: benchMask,
  holds: benchHolds,
};

const results = join(import.meta.dirname, 'results.json');

function keep(fresh: readonly Row[]): void {
  const before = existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as Row[]) : [];
  const rows = Object.keys(groups).flatMap((name) => {
    const own = fresh.filter(({ bench }) => bench === name);
    return own.length > 0 ? own : before.filter(({ bench }) => bench === name);
  });
  writeFileSync(results, `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const say: Say = (line) => process.stderr.write(`${line}\n`);
  const unknown = positionals.filter((name) => !Object.hasOwn(groups, name));
  if (unknown.length > 0) {
    say(`no group ${unknown.join(', ')}: expected ${Object.keys(groups).join(', ')}`);
    return 64;
  }
  if (values.profile) {
    process.stdout.write(`${await profileExchange(say)}\n`);
    return 0;
  }
  const rows: Row[] = [];
  const started = performance.now();
  for (const [name, measure] of Object.entries(groups)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    say(`${name}:`);
    const measures = await measure((line) => say(`  ${line}`));
    rows.push(...rowsOf(name, measures, { machine: machineOf(), date: new Date().toISOString() }));
  }
  keep(rows);
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : `\n${tableOf(rows)}\n`);
  say(`\n${machineOf()}; ${Math.round((performance.now() - started) / 1000)} s; written to bench/results.json`);
  return 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
main()
  .catch((error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  })
  .then((code) => process.exit(code));
