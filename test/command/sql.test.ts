import t from 'tap';
import { parseSql } from '../../plugin/command/sql.ts';

t.test('every statement of a command is described', async (t) => {
  t.match(await parseSql('SELECT 1; DROP TABLE t; SELECT 2'), {
    statements: [{ kind: 'select' }, { kind: 'drop' }, { kind: 'select' }],
  });
});

t.test('what is not plainly SQL has a reason', async (t) => {
  const rows: [string, string, RegExp][] = [
    ['no SQL', 'hello', /not SQL/],
    ['half of it is', 'SELECT 1; DROP TABEL t', /not SQL/],
    ['empty', '', /./],
    ['a comment', '-- nothing', /no statement/],
    ['semicolons', ';;;', /no statement/],
    ['too many', 'SELECT 1;'.repeat(101), /more than 100/],
  ];
  for (const [name, sql, reason] of rows) t.match(await parseSql(sql), { reason, broken: false }, name);
});
