import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../../plugin/policy/bundle.ts';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { withoutOpa } from '../../policy/rego.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'bench', 'policy');
const path = 'envoy/authz/allow';

t.test('the committed bundle is what the Rego beside it compiles to', { skip: withoutOpa }, async (t) => {
  const rego = readFileSync(join(folder, 'authz.rego'));
  const work = t.testdir({ source: { 'authz.rego': rego } });
  const built = join(work, 'bundle.tar.gz');
  writeFileSync(built, await buildBundle({ source: join(work, 'source'), path }, new Map([['authz.rego', rego]])));
  const [ours, theirs] = await Promise.all(
    [join(folder, 'bundle.tar.gz'), built].map((source) => loadBundle({ source, path })),
  );
  t.equal(ours?.digest, theirs?.digest, 'else build it again: bench/policy/authz.rego says how');
});
