import t from 'tap';
import { exits } from '../../../plugin/cli/audit/verify.ts';

t.test('each outcome has the exit status of the documentation', async (t) => {
  t.same(exits, { verified: 0, finding: 2, unknown: 3, tail: 4 });
});
