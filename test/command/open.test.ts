import t from 'tap';
import { commandSummary } from '../../plugin/command/command.ts';
import { openCommands } from '../../plugin/command/open.ts';
import { requestOf } from '../identity/request.ts';

const commands = openCommands({ maxBytes: 1_000, timeoutMs: 5_000 });
t.teardown(() => commands.close());

const ask = (sql: string, extensions: Record<string, string> = {}) =>
  commands.understand(
    requestOf({
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ sql })),
      extensions: { 'countersign.command': 'sql', ...extensions },
    }),
  );

t.test('a route that is not marked has no commands', async (t) => {
  t.strictSame(await commands.understand(requestOf()), []);
});

t.test('a marked route has one command with its statements', async (t) => {
  t.match(await ask('SELECT 1; DROP TABLE t'), [
    {
      kind: 'sql',
      dialect: 'postgres',
      text: 'SELECT 1; DROP TABLE t',
      statements: [{ kind: 'select' }, { kind: 'drop' }],
    },
  ]);
});

t.test('PostgreSQL sees one SELECT, SQLite drops the table: unparsed (threat 7)', async (t) => {
  const sql = 'SELECT 1; /* /* */ DROP TABLE customers; -- */';
  t.match(await ask(sql), [{ kind: 'sql', statements: [{ kind: 'select' }] }]);
  t.strictSame(await ask(sql, { 'countersign.sql.dialect': 'sqlite' }), [
    { kind: 'unparsed', reason: 'dialects disagree over nested comments' },
  ]);
});

t.test('what is not understood is one unparsed command', async (t) => {
  const rows: [string, Promise<unknown>, RegExp][] = [
    [
      'an unseen body',
      commands.understand(requestOf({ body: null, extensions: { 'countersign.command': 'sql' } })),
      /body unseen/,
    ],
    ['an unknown kind', ask('SELECT 1', { 'countersign.command': 'cobol' }), /not known/],
    ['an inherited kind', ask('SELECT 1', { 'countersign.command': 'constructor' }), /not known/],
    ['no SQL', ask('hello'), /not SQL/],
    ['too long', ask(`SELECT '${'x'.repeat(1_000)}'`), /longer than 1000 bytes/],
    ['an unknown dialect', ask('SELECT 1', { 'countersign.sql.dialect': 'oracle' }), /oracle/],
  ];
  for (const [name, answer, reason] of rows) t.match(await answer, [{ kind: 'unparsed', reason }], name);
});

t.test('an entry shows kind and shape, never text', async (t) => {
  const summary = commandSummary(await ask("DELETE FROM t WHERE name = 'canary'"));
  t.match(summary, [{ kind: 'sql.delete', shape: /^[0-9a-f]{32}$/ }]);
  t.notMatch(JSON.stringify(summary), /canary/);
});

t.test('a column that the text spells in its own way may come out so: MySQL names it as the text does', async (t) => {
  const spelled = async (sql: string, dialect: string) => {
    const [command] = await ask(sql, { 'countersign.sql.dialect': dialect });
    const [statement] = (command?.statements ?? []) as readonly { readonly renamed?: boolean }[];
    return statement?.renamed;
  };
  t.equal(await spelled('SELECT SSN FROM customers', 'mysql'), true);
  t.equal(await spelled('SELECT ssn FROM Customers', 'mysql'), false);
  t.equal(await spelled('SELECT SSN FROM customers', 'postgres'), false);
});
