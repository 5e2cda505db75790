import t from 'tap';
import { leftovers } from '../../plugin/verify/leftovers.ts';
import { openFindings } from '../../plugin/verify/report.ts';

t.test('what nothing read is judged by where it lies', async (t) => {
  const findings = openFindings();
  t.same(
    leftovers(['checkpoint.new', 'notes.txt', 'segments/a', 'tile/0/007', 'tile/0/008.new', 'anchors/6/x'], findings),
    ['checkpoint.new', 'notes.txt', 'tile/0/008.new'],
  );
  t.match(findings.list, [
    { code: 'file_foreign', where: 'segments/a' },
    { code: 'tile_beyond', where: 'tile/0/007' },
    { code: 'file_foreign', where: 'anchors/6/x' },
  ]);
});
