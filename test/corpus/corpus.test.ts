/**
 * The host and its built-ins against OPA's own test cases, which come with OPA's Go module: `go` must be on the PATH.
 * Every case passes but those of `exclusions.json`, each with its reason, and those fail. `npm test` takes every
 * sixteenth case; `npm run corpus` takes all, and with WRITE_EXCLUSIONS=1 writes the list anew, and how many cases each
 * family has; reasons that stand there already stay.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compileCases, compiler } from './compiled.ts';
import { type Counts, familyOf } from './counts.ts';
import { judge } from './judge.ts';

type Exclusions = Readonly<Record<string, string>>;

const file = join(import.meta.dirname, 'exclusions.json');
const excluded = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<'v0' | 'v1', Exclusions>>;
const whole = process.env.CORPUS === 'all';
const slice = whole ? '0/1' : '0/16';
const module = 'github.com/open-policy-agent/opa';
const listed = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: compiler, encoding: 'utf8' });
const fetched = listed.status === 0 && spawnSync('go', ['mod', 'download'], { cwd: compiler }).status === 0;
const skip = fetched ? false : "needs Go, and OPA's module from a module proxy: put go on the PATH";

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

/** Cases that may be excluded at most. */
const share = 0.03;

const countsFile = join(import.meta.dirname, 'counts.json');
const counted = JSON.parse(readFileSync(countsFile, 'utf8')) as Counts;

const written: Record<string, Exclusions> = {};
const counts: Record<string, Readonly<Record<string, number>>> = {};
for (const version of ['v0', 'v1'] as const)
  t.test(
    `OPA's cases of Rego ${version} pass, but for those that are excluded`,
    { skip, timeout: 900_000 },
    async (t) => {
      const folder = join(
        spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: compiler, encoding: 'utf8' }).stdout.trim(),
        'v1/test/cases/testdata',
        version,
      );
      const failures = new Map<string, string>();
      let count = 0;
      const families = new Map<string, number>();
      for await (const compiled of compileCases(version, folder, slice)) {
        count += 1;
        const { note } = compiled.one;
        families.set(familyOf(note), (families.get(familyOf(note)) ?? 0) + 1);
        const reason = judge(compiled);
        if (reason !== null) failures.set(note, reason);
        else if (Object.hasOwn(excluded[version], note)) t.fail(`${note} passes though it is excluded`);
      }
      t.comment(`${count - failures.size} of ${count} pass`);
      t.ok(count > 50, 'there are cases');
      const reasons = [...failures].map(([note, reason]) => [note, excluded[version][note] ?? reason] as const);
      written[version] = Object.fromEntries(reasons.sort(byName));
      counts[version] = Object.fromEntries([...families].sort(byName));
      const unexpected = [...failures].filter(([note]) => !Object.hasOwn(excluded[version], note));
      t.strictSame(unexpected, [], 'cases that fail');
      if (!whole) return;
      t.ok(Object.keys(excluded[version]).length <= count * share, `${share * 100}% of the cases at most`);
      t.strictSame(counts[version], counted[version], 'cases of each family');
    },
  );

t.teardown(() => {
  if (!process.env.WRITE_EXCLUSIONS || !whole) return;
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
  writeFileSync(countsFile, `${JSON.stringify(counts, null, 2)}\n`);
});
