import t from 'tap';
import { describe } from '../../../plugin/console/page/describe.ts';
import type { JsonObject } from '../../../plugin/request.ts';
import { sqlDisplay } from '../../page/samples.ts';

const http = { method: 'GET', scheme: 'https', authority: 'a.example.com', path: '/x?y=1' };
const of = (display: JsonObject) => describe({ display });

t.test('SQL: what runs, on what, and what must not be overlooked', async (t) => {
  const found = of(await sqlDisplay('-- all of them\nDELETE FROM\n  sales.orders;\nDROP TABLE t'));
  t.match(found, { kind: 'SQL', title: 'DELETE FROM sales.orders; DROP TABLE t' });
  const [command] = found?.commands ?? [];
  t.equal(command?.text, '-- all of them\nDELETE FROM\n  sales.orders;\nDROP TABLE t', 'whole');
  const alarms = command?.tags.filter((tag) => tag.alarm).map((tag) => tag.text);
  t.same(alarms, ['every row: no condition', 'DROP']);
  t.match(command?.facts, [['objects', /sales\.orders/]]);
});

t.test('a title ends where a comment stands within the statement', async (t) => {
  for (const [sql, title] of [
    ['SELECT 1\n-- nothing to see\nFROM t', 'SELECT 1'],
    ['SELECT 1 /* x */ FROM t', 'SELECT 1 /* x */ FROM t'],
    ['-- only a comment', '-- only a comment'],
  ] as const)
    t.equal(of({ ...http, commands: [{ kind: 'sql', text: sql, statements: [] }] })?.title, title);
});

t.test('every kind of command has its line', async (t) => {
  const pod = {
    kind: 'kubernetes',
    verb: 'create',
    resource: 'pods',
    subresource: 'exec',
    namespace: 'a',
    name: 'p-0',
  };
  for (const [command, kind, title] of [
    [{ ...pod, exec: { command: ['sh', '-c', 'ls'] } }, 'Kubernetes', 'create pods/exec p-0 in a -- sh -c ls'],
    [{ kind: 'kubernetes', verb: 'get', path: '/version' }, 'Kubernetes', 'get /version'],
    [{ kind: 'mcp', method: 'tools/call', tool: 'refund', arguments: { amount: 7 } }, 'MCP', 'refund(amount: 7)'],
    [{ kind: 'mcp', type: 'stream' }, 'MCP', 'stream'],
    [{ kind: 'graphql', operation: { type: 'mutation', name: null, roots: ['pay'] } }, 'GraphQL', 'mutation pay'],
    [{ kind: 'grpc', service: 'a.B', method: 'C', message: {} }, 'gRPC', 'a.B/C'],
    [{ kind: 'unparsed', reason: 'too long' }, 'Not understood', 'Not understood: too long'],
    [{ kind: 'novel', x: { y: 1 } }, 'novel', 'novel'],
  ] as const)
    t.match(of({ ...http, commands: [command] }), { kind, title });
});

t.test('a member that nobody named is shown all the same', async (t) => {
  const [kubernetes] = of({ commands: [{ kind: 'kubernetes', verb: 'patch', surprise: { a: 1 } }] })?.commands ?? [];
  t.ok(kubernetes?.facts.some(([name, value]) => name === 'surprise' && value.includes('"a": 1')));
  const [novel] = of({ commands: [{ kind: 'novel', surprise: 'b' }] })?.commands ?? [];
  t.same(novel?.facts, [['surprise', 'b']]);
});

t.test('the request as it will run', async (t) => {
  const changes = { headersToSet: [['x-a', '1']], headersToRemove: ['x-b'], queryToSet: {}, queryToRemove: [] };
  const found = of({
    ...http,
    headers: [
      ['a', '1'],
      ['a', '2'],
    ],
    body: 'b',
    changes,
  });
  t.same(found?.raw, {
    line: 'GET https://a.example.com/x?y=1',
    headers: [
      ['a', '1'],
      ['a', '2'],
    ],
    body: 'b',
    changes: [
      ['sets headers', 'x-a: 1'],
      ['removes headers', 'x-b'],
    ],
  });
  t.match(of({ method: 'GET' }), { kind: 'HTTP', title: 'GET', raw: { body: null, headers: [], changes: [] } });
  t.equal(describe({ display: null }), null, 'a closed hold has no texts');
});

t.test('several commands are all there', async (t) => {
  const found = of({
    ...http,
    commands: [
      { kind: 'mcp', tool: 'a', arguments: {} },
      { kind: 'mcp', tool: 'b' },
    ],
  });
  t.equal(found?.commands.length, 2);
  t.equal(found?.title, 'a(), and 1 more');
});
