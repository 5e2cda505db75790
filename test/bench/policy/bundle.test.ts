import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../../plugin/policy/bundle.ts';
import { withoutOpa } from '../../policy/rego.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'bench', 'policy');
const path = 'envoy/authz/allow';

t.test('the committed bundle is what the Rego beside it compiles to', { skip: withoutOpa }, async (t) => {
  const source = t.testdir({});
  await copyFile(join(folder, 'authz.rego'), join(source, 'authz.rego'));
  const [ours, theirs] = await Promise.all([
    loadBundle({ source: join(folder, 'bundle.tar.gz'), path }),
    loadBundle({ source, path }),
  ]);
  t.ok(
    Buffer.from(ours.wasm).equals(Buffer.from(theirs.wasm)),
    'else: see the first comment of bench/policy/authz.rego',
  );
});
