/** The quick start's policy on the facts that real SQL gives. */
import { join } from 'node:path';
import t from 'tap';
import { openCommands } from '../../plugin/command/open.ts';
import { buildInput } from '../../plugin/policy/input.ts';
import { loadPolicy } from '../../plugin/policy/policy.ts';
import { nobody, request } from './rego.ts';

const source = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');

const cases: readonly (readonly [sql: string, rule: string])[] = [
  ['SELECT * FROM customers', 'sql/read'],
  ['SELECT id, ssn, email FROM customers WHERE id = 1 ORDER BY name LIMIT 5', 'sql/read'],
  ['SELECT count(*) AS n FROM customers', 'sql/read'],
  ['SELECT upper(name) FROM customers; SELECT 1', 'sql/read'],
  ['SELECT ssn AS x FROM customers', 'sql/opaque'],
  ['SELECT ssn x FROM customers', 'sql/opaque'],
  ["SELECT 'n' || ssn FROM customers", 'sql/opaque'],
  ['SELECT max(SSN) FROM customers', 'sql/opaque'],
  ['SELECT name FROM customers UNION SELECT ssn FROM customers', 'sql/opaque'],
  ['SELECT x FROM (SELECT ssn AS x FROM customers) t', 'sql/opaque'],
  ['SELECT x FROM (SELECT * FROM customers) AS t (a, b, c, x)', 'sql/opaque'],
  ['WITH t(x) AS (SELECT ssn FROM customers) SELECT x FROM t', 'sql/opaque'],
  ['SELECT (SELECT ssn FROM customers LIMIT 1)', 'sql/opaque'],
  ['DELETE FROM customers WHERE id = 2', 'sql/write'],
  ["UPDATE customers SET plan = 'free' WHERE id = 2", 'sql/write'],
  ['DELETE FROM customers RETURNING ssn AS x', 'sql/opaque'],
  ['UPDATE customers SET name = ssn', 'sql/opaque'],
  ['INSERT INTO notes SELECT ssn FROM customers', 'sql/opaque'],
  ['DROP TABLE customers', 'sql/ddl'],
  ['SELECT 1; DROP TABLE customers', 'sql/ddl'],
  ['ALTER TABLE customers RENAME COLUMN ssn TO x', 'sql/ddl'],
  ['SELECT 1; /* /* */ DROP TABLE customers; -- */', 'sql/unparsed'],
  ['SELEC 1', 'sql/unparsed'],
  ['', 'sql/unparsed'],
];

const extensions = {
  'countersign.command': 'sql',
  'countersign.sql.dialect': 'sqlite',
  'countersign.sql.path': '$.sql',
};
const principal = { ...nobody, id: 'reporting-agent', method: 'jwt', groups: ['agents'] } as const;

t.test('every statement meets its rule', async (t) => {
  const policy = await loadPolicy({ source, path: 'envoy/authz/allow' });
  const commands = openCommands({ maxBytes: 262_144, timeoutMs: 8_000 });
  t.teardown(() => commands.close());
  for (const [sql, rule] of cases) {
    const headers = { 'content-type': 'application/json' };
    const check = { attributes: { request: { http: { method: 'POST' } } } };
    const asked = request({
      method: 'POST',
      path: '/sql',
      headers,
      extensions,
      check,
      body: Buffer.from(JSON.stringify({ sql })),
    });
    const facts = { principal, session: null, commands: await commands.understand(asked), approval: null };
    const decision = policy.decide(buildInput(asked, facts));
    t.match(decision, { rule, fault: null, allowed: rule === 'sql/read' }, sql);
    t.equal(decision.hold !== undefined, rule === 'sql/write', `${sql}: held or not`);
  }
});
