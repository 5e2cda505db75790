/** Requests such as people see them: what tests and pictures of the page show. */
import { parseSql } from '../../plugin/command/sql.ts';
import type { Ask } from '../../plugin/hold/desk.ts';
import { parseHold } from '../../plugin/hold/spec.ts';
import type { JsonObject } from '../../plugin/request.ts';
import { agent, human, issuer } from '../hold/people-of.ts';

const dba = { approvals: [{ group: 'dba' }] };
const common = { scheme: 'https', changes: {} };

/** A statement sent to a database's HTTP API, parsed as the service parses it. */
export async function sqlDisplay(sql: string): Promise<JsonObject> {
  const parsed = await parseSql(sql);
  const command =
    'statements' in parsed
      ? { kind: 'sql', dialect: 'postgres', text: sql, statements: parsed.statements }
      : { kind: 'unparsed', reason: parsed.reason, text: sql };
  return {
    ...{ ...common, method: 'POST', authority: 'warehouse.example.com', path: '/query' },
    headers: [
      ['content-type', 'application/json'],
      ['x-database', 'production'],
    ],
    body: JSON.stringify({ sql }),
    commands: [command],
  };
}

/** Of an agent for whom another acts. */
const through = agent({ actors: [{ id: 'orchestrator', issuer }] });

/** The requests of the pictures, in the order in which they are asked. */
export async function samples(): Promise<readonly Partial<Ask>[]> {
  return [
    {
      principal: through,
      rule: 'sql/destructive',
      spec: parseHold({
        approvals: [{ group: 'dba' }, { group: 'security' }],
        reason: 'DELETE on a production schema',
        expires: '24m',
      }),
      justification: 'Ticket 4711: the customer asked to be forgotten, and the job that does it has failed twice.',
      display: await sqlDisplay(
        "-- forget one customer\nDELETE FROM sales.orders o\nUSING sales.customers c\nWHERE c.id = o.customer_id\n  AND c.email = 'kim@example.com'\n  AND o.closed_at < now() - interval '90 days'\nRETURNING o.id, o.total;",
      ),
    },
    {
      principal: human('dana', ['platform']),
      rule: 'kubernetes/exec',
      spec: parseHold({ ...dba, reason: 'A shell in a production pod', expires: '4m' }),
      justification: null,
      display: {
        ...{ ...common, method: 'POST', authority: 'k8s.example.com', headers: [['upgrade', 'SPDY/3.1']], body: '' },
        path: '/api/v1/namespaces/payments/pods/ledger-0/exec?command=sh&container=ledger&stdin=true&tty=true',
        commands: [
          {
            ...{ kind: 'kubernetes', verb: 'create', group: '', version: 'v1', resource: 'pods', subresource: 'exec' },
            ...{ namespace: 'payments', name: 'ledger-0', resource_request: true, dry_run: false },
            exec: { command: ['sh'], container: 'ledger', stdin: true, tty: true },
          },
        ],
      },
    },
    {
      principal: agent({ id: 'support-agent' }),
      rule: 'mcp/refund',
      spec: parseHold({
        any_of: [[{ group: 'dba' }], [{ group: 'security' }]],
        reason: 'A refund above 500',
        expires: '45m',
        grant: { for: '15m', uses: 20 },
      }),
      justification: 'Parcel lost, carrier confirmed.',
      grantKey: '9a'.repeat(32),
      display: {
        ...{ ...common, method: 'POST', authority: 'tools.example.com', path: '/mcp' },
        headers: [['content-type', 'application/json']],
        body: '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"refund","arguments":{"order":"A-20931","amount":740,"currency":"EUR"}}}',
        commands: [
          {
            ...{ kind: 'mcp', type: 'request', method: 'tools/call', id: 7, batch: false, tool: 'refund' },
            ...{ arguments: { order: 'A-20931', amount: 740, currency: 'EUR' }, session: 's-81', protocol: null },
          },
        ],
      },
    },
    {
      principal: agent(),
      rule: 'sql/ddl',
      spec: parseHold({ ...dba, reason: 'DROP on a production schema', expires: '52m' }),
      justification: 'Old partitions, exported on Monday.',
      display: await sqlDisplay('DROP TABLE events.raw_2019, events.raw_2020'),
    },
    {
      principal: human('dana', ['platform']),
      rule: 'http/payments',
      spec: parseHold({ ...dba, reason: 'A change of a payout account', expires: '3h' }),
      justification: null,
      display: {
        ...{ ...common, method: 'PUT', authority: 'payments.example.com', path: '/v2/merchants/881/payout' },
        headers: [['content-type', 'application/json']],
        body: '{"iban":"CH00 0000 0000 0000 0000 0","holder":"Example Ltd"}',
        commands: [],
        changes: { headersToSet: [['x-reviewed', 'true']], headersToRemove: [], queryToSet: [], queryToRemove: [] },
      },
    },
  ];
}

/** Strings that would do harm if a page took them for more than text. */
export const hostile = {
  markup: '</code><img src=x onerror="window.harm=1"><script>window.harm=1</script><style>body{display:none}</style>',
  bidi: 'SELECT 1 -- \u202e;sresu MORF ETELED\u202c\u2066\u200b',
  lookalike: 'SELECT * FROM p\u0430yments',
} as const;
