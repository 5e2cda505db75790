/**
 * The host and its built-ins against OPA's own test cases, which are not part of this repository:
 *
 *   OPA_CASES=$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/opa)/v1/test/cases/testdata/v1 \
 *     npx tap --timeout=900 test/corpus/corpus.test.ts
 *
 * `opa` is to be of that module's version. Every case passes but those of `exclusions.json`, and those fail; with
 * WRITE_EXCLUSIONS=1 that file is written anew.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { withoutOpa } from '../policy/rego.ts';
import { judgeAll, readCases } from './judge.ts';

const folder = process.env.OPA_CASES ?? '';
const file = join(import.meta.dirname, 'exclusions.json');
const skip = folder === '' ? 'needs the cases of OPA: set $OPA_CASES' : withoutOpa;

t.test("OPA's cases pass, but for those that are excluded", { skip }, async (t) => {
  const cases = await readCases(folder);
  const failures = await judgeAll(cases);
  t.comment(`${cases.length - failures.size} of ${cases.length} pass`);
  if (process.env.WRITE_EXCLUSIONS) {
    const sorted = [...failures].sort(([a], [b]) => (a < b ? -1 : 1));
    await writeFile(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  }
  const excluded = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, string>>;
  const unexpected = [...failures].filter(([note]) => !Object.hasOwn(excluded, note));
  t.strictSame(unexpected, [], 'cases that fail');
  const passing = cases.map(({ note }) => note).filter((note) => Object.hasOwn(excluded, note) && !failures.has(note));
  t.strictSame(passing, [], 'cases that pass though they are excluded');
});
