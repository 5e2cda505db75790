import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { proveCommand } from '../../../plugin/cli/audit/prove.ts';
import { writeReal } from '../../verify/real.ts';

t.test('evidence is written where it was asked for; a field that nothing commits to is refused before', async (t) => {
  const { folder } = await writeReal(t.testdir());
  const output = join(t.testdirName, 'evidence');
  await t.rejects(proveCommand('1', { dir: folder, output, disclose: ['nothing'] }), { code: 'audit_unknown' });
  t.notOk(existsSync(output));
  await proveCommand('1', { dir: folder, output });
  t.ok(existsSync(join(output, 'bundle.json')));
});
