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

t.test('an entry shows no word that a caller chose', async (t) => {
  const commands = [
    { kind: 'kubernetes', verb: 'create', name: 'canary' },
    { kind: 'mcp', type: 'request', method: 'canary', tool: 'canary' },
    { kind: 'graphql', operation: { type: 'mutation', name: 'canary' } },
    { kind: 'grpc', service: 'canary' },
  ];
  t.strictSame(
    commandSummary(commands).map(({ kind, shape }) => `${kind}${shape}`),
    ['kubernetes.create', 'mcp.request', 'graphql.mutation', 'grpc'],
  );
});
