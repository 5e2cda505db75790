import t from 'tap';
import { openFindings } from '../../plugin/verify/report.ts';

t.test('a ruined log does not exhaust memory', async (t) => {
  const findings = openFindings();
  for (let index = 0; index < 1_500; index += 1) findings.add('entry_seq', `entry ${index}`, 'wrong');
  t.equal(findings.list.length, 1_000);
  t.equal(findings.more, 500);
});
