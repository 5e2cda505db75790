import t from 'tap';
import { commandSummary, unparsed } from '../../plugin/command/command.ts';

t.test('an entry names each statement, and what was not understood', async (t) => {
  const sql = {
    kind: 'sql',
    statements: [
      { kind: 'select', shape: 'a' },
      { kind: 'drop', shape: 'b' },
    ],
  };
  t.strictSame(commandSummary([sql, unparsed('why')]), [
    { kind: 'sql.select', shape: 'a' },
    { kind: 'sql.drop', shape: 'b' },
    { kind: 'unparsed', shape: '' },
  ]);
  t.strictSame(commandSummary([]), []);
});
