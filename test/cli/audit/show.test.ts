import t from 'tap';
import { entriesOf } from '../../../plugin/cli/audit/show.ts';
import { writeReal } from '../../verify/real.ts';

t.test('an id names its entries, and one that names none is refused', async (t) => {
  const { folder } = await writeReal(t.testdir());
  t.match(await entriesOf(folder, '1'), [{ seq: 1 }]);
  await t.rejects(entriesOf(folder, 'nothing'), { code: 'audit_unknown', message: /nothing/ });
});
