/** A slice of `npm run differential`: generated Checks to opa-envoy-plugin and to us, every difference a documented one. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { compare, explainOne, openPairOrExplain } from './differential/compare.ts';
import { wanted } from './differential/differences.ts';
import { withoutOpaEnvoy } from './opa-envoy.ts';
import { withoutOpa } from './rego.ts';

t.test('every difference is a row of the migration page, and every row has its predicate', async (t) => {
  const page = readFileSync(new URL('../../docs/migration.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Differences'));
  const rows = [...section.matchAll(/^\| \*\*([^*]+)\*\*/gm)].map(([, name]) => name);
  t.same(rows.toSorted(), wanted.map(({ name }) => name).toSorted());
});

t.test('generated Checks differ in nothing else', { skip: withoutOpaEnvoy || withoutOpa }, async (t) => {
  const pair = await openPairOrExplain();
  t.teardown(() => pair.close());
  const { unmatched, alike, counts } = await compare(pair, 400, 20_260_101);
  t.equal(unmatched.length, 0, unmatched.slice(0, 3).map(explainOne).join('\n'));
  t.ok(alike > 40, `${alike} were answered alike`);
  for (const name of ['error', 'malformed request', 'content coding', 'unseen body', 'raw headers and bodies'])
    t.ok((counts.get(name) ?? 0) > 0, `${name} was provoked`);
});
