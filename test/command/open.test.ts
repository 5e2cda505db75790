import t from 'tap';
import { commandSummary } from '../../plugin/command/command.ts';
import { openCommands } from '../../plugin/command/open.ts';
import { readDescriptors } from '../../plugin/descriptors.ts';
import { requestOf } from '../identity/request.ts';
import { framed, shopDescriptors, shopMessage } from './shop.ts';

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

const asked = (kind: string, body: unknown, path = '/') =>
  requestOf({
    path,
    headers: { 'content-type': kind === 'grpc' ? 'application/grpc' : 'application/json' },
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    extensions: { 'countersign.command': kind },
  });

t.test('each kind that a route may name, small and large: the thread says what the loop says', async (t) => {
  const commands = openCommands({ timeoutMs: 5_000, descriptors: readDescriptors(shopDescriptors()) });
  t.teardown(() => commands.close());
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
  for (const pad of ['', 'x'.repeat(100_000)]) {
    t.match(await commands.understand(asked('mcp', { ...call, params: { name: 'a', arguments: { pad } } })), [
      { tool: 'a' },
    ]);
    t.match(await commands.understand(asked('kubernetes', { hostPID: true, pad }, '/api/v1/namespaces/a/pods')), [
      { verb: 'create', pod: { host_pid: true } },
    ]);
    t.match(await commands.understand(asked('graphql', { query: '{ a }', variables: { pad } })), [{ kind: 'graphql' }]);
  }
  const message = shopMessage('BuyRequest', { customer_id: 'c1' });
  t.match(await commands.understand(asked('grpc', framed(message), '/example.shop.v1.Shop/Buy')), [
    { kind: 'grpc', message: { customerId: 'c1' } },
  ]);
});

t.test('5 MB of VALUES, of JSON and of protobuf are refused before anybody reads them', async (t) => {
  const commands = openCommands({ timeoutMs: 5_000, descriptors: readDescriptors(shopDescriptors()) });
  t.teardown(() => commands.close());
  const values = `INSERT INTO t VALUES ${'(1),'.repeat(1_250_000)}(1)`;
  const started = process.cpuUsage();
  for (const request of [
    asked('sql', { sql: values }),
    asked(
      'mcp',
      Array.from({ length: 100_000 }, () => ({ jsonrpc: '2.0', id: 1, method: 'a' })),
    ),
    asked('grpc', framed(Buffer.alloc(5_000_000)), '/example.shop.v1.Shop/Buy'),
    asked('kubernetes', {}, `/api/v1/${'a/'.repeat(100_000)}`),
  ]) {
    t.match(await commands.understand(request), [{ kind: 'unparsed', reason: /longer than/ }]);
  }
  t.ok(process.cpuUsage(started).user < 2_000_000);
});

t.test('a body of many values is refused, in the thread', async (t) => {
  const commands = openCommands({ timeoutMs: 5_000 });
  t.teardown(() => commands.close());
  t.match(
    await commands.understand(
      asked(
        'kubernetes',
        Array.from({ length: 30_000 }, () => 0),
        '/api/v1/namespaces',
      ),
    ),
    [{ kind: 'unparsed', reason: /more than 20000 values/ }],
  );
});
