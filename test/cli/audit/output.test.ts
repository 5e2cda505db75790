import { join } from 'node:path';
import t from 'tap';
import { textOf } from '../../../plugin/cli/audit/output.ts';

t.test('a file that can not be read is a usage error that names it', async (t) => {
  const folder = t.testdir({ a: 'text' });
  t.equal(textOf(join(folder, 'a')), 'text');
  t.throws(() => textOf(join(folder, 'b')), { code: 'usage', message: /cannot read .*b: ENOENT/ });
});
