import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { loadBundle } from '../../../plugin/policy/bundle.ts';
import { withoutOpa } from '../../policy/rego.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'bench', 'policy');
const path = 'envoy/authz/allow';

t.test('the committed bundle is what the Rego beside it compiles to', { skip: withoutOpa }, async (t) => {
  const built = join(t.testdir({}), 'bundle.tar.gz');
  const args = ['build', '-t', 'wasm', '-e', path, '-o', built, 'authz.rego'];
  execFileSync(process.env.OPA || 'opa', args, { cwd: folder });
  const [ours, theirs] = await Promise.all(
    [join(folder, 'bundle.tar.gz'), built].map((source) => loadBundle({ source, path })),
  );
  t.equal(ours?.digest, theirs?.digest, 'else build it again: bench/policy/authz.rego says how');
});
