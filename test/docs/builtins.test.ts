/** What `docs/builtins.md` says is what the list of excluded cases, OPA itself and the host's table of built-ins say. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { available, type Capabilities } from '../../plugin/policy/capabilities.ts';
import type { Counts } from '../corpus/counts.ts';
import { tableOf } from '../corpus/table.ts';
import { withoutOpa } from '../policy/rego.ts';

const file = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const page = file('../../docs/builtins.md');

t.test('the table of cases is that of the lists', async (t) => {
  const excluded = JSON.parse(file('../corpus/exclusions.json')) as Parameters<typeof tableOf>[0];
  const counts = JSON.parse(file('../corpus/counts.json')) as Counts;
  const printed = page.split('\n').filter((line) => line.startsWith('| ') && line.split(' | ').length === 4);
  t.equal(printed.join('\n'), tableOf(excluded, counts));
});

t.test('the built-ins that are not here are named, and only those', { skip: withoutOpa }, async (t) => {
  const text = execFileSync(process.env.OPA || 'opa', ['capabilities', '--current'], { maxBuffer: 2 ** 24 });
  const { builtins } = JSON.parse(text.toString()) as Capabilities;
  const missing = builtins.map(({ name }) => name).filter((name) => !available(name));
  const section = /## Not here\n([^#]*)/.exec(page)?.[1] ?? '';
  t.strictSame([...section.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name).sort(), missing.sort());
  const [here, all] = [builtins.length - missing.length, builtins.length];
  t.match(page, `${here} of its ${all} built-ins`);
  t.match(file('../../docs/policy-authors.md'), `${here} of OPA's ${all}`);
});
