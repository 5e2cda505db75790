import t from 'tap';
import { findEntries } from '../../plugin/verify/find.ts';
import { exchange, writeLog } from './sample.ts';

t.test('entries are found by exchange, hold and number', async (t) => {
  const folder = t.testdir();
  writeLog(folder);
  const seqs = async (id: string) => (await findEntries(folder, id)).map(({ seq }) => seq);
  t.same(await seqs(exchange(1)), [1, 3]);
  t.same(await seqs('h_one'), [4, 5, 6, 7]);
  t.same(await seqs('0'), [0]);
  t.same(await seqs('10'), [10]);
  t.same(await seqs('99'), []);
  t.same(await seqs('GET'), [], 'a value of another member is no id');
  t.match(await findEntries(folder, '0'), [{ entry: { kind: 'boot' }, text: /^\{"_type"/ }]);
  await t.rejects(findEntries('/nonexistent/log', '0'), { code: 'usage' });
});
