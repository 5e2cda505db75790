import t from 'tap';
import { grantKeyOf, shapeOf } from '../../plugin/hold/shape.ts';
import type { GrantSpec } from '../../plugin/hold/spec.ts';
import type { JsonObject, Request } from '../../plugin/request.ts';
import { requestOf } from '../exchange/parts.ts';
import { agent } from './people-of.ts';

const grant: GrantSpec = { forMs: 1, uses: 1, match: 'exact', free: [] };
const sql = (text: string, statement: JsonObject = {}): JsonObject => ({
  kind: 'sql',
  text,
  statements: [{ kind: 'delete', shape: 'f1', functions: [], nested: [], ...statement }],
});
const mutations = { headersToSet: [], headersToRemove: [], queryToSet: [], queryToRemove: [] };

function key(command: JsonObject, over: Partial<GrantSpec> = {}, changes: Partial<Request> = {}, session = 's') {
  const parts = { request: requestOf(changes), principal: agent(), mutations, ignoreHeaders: [] };
  return grantKeyOf({ ...parts, session, commands: [command] }, { ...grant, ...over });
}

t.test('the same SQL is the same without its comments and layout; literals count', async (t) => {
  const one = key(sql("DELETE FROM t WHERE a = 'x  y'"));
  t.equal(key(sql("DELETE  FROM t\n WHERE a = 'x  y' -- again")), one);
  for (const text of ["DELETE FROM t WHERE a = 'x y'", "DELETE FROM t WHERE a = '%'", 'DELETE FROM t WHERE a = true'])
    t.not(key(sql(text)), one, text);
  t.not(key(sql("DELETE FROM t WHERE a = 'x  y'", { shape: 'f2' })), one, 'another fingerprint');
  t.not(key(sql("DELETE FROM t WHERE a = 'x  y'"), {}, {}, 'other'), one, 'another session');
  t.not(key(sql("DELETE FROM t WHERE a = 'x  y'"), {}, { path: '/other' }), one, 'another place');
  const statement = { match: 'statement' } as const;
  t.equal(key(sql("DELETE FROM t WHERE a = 'b'"), statement), key(sql("DELETE FROM t WHERE a = 'c'"), statement));
});

t.test('what can not be told from a command has no grant (threat 12)', async (t) => {
  for (const [name, command, over] of [
    ['unparsed', { kind: 'unparsed', reason: 'x' }, {}],
    ['DO', sql('DO $$ $$', { kind: 'do' }), {}],
    ['COPY PROGRAM', sql('COPY', { kind: 'copy', program: 'sh' }), {}],
    ['EXECUTE within', sql('EXPLAIN EXECUTE x', { kind: 'explain', nested: ['execute'] }), {}],
    ['a function that may run text', sql("SELECT f('x')", { functions: ['f'] }), { match: 'statement' }],
    ['exec', { kind: 'kubernetes', verb: 'create', resource: 'pods', subresource: 'exec' }, {}],
    ['delete all', { kind: 'kubernetes', verb: 'deletecollection', resource: 'pods' }, {}],
    ['no tool', { kind: 'mcp', method: 'tools/list' }, {}],
    ['another kind', { kind: 'graphql' }, {}],
  ] as const)
    t.equal(key(command as JsonObject, over), null, name);
  t.equal(
    grantKeyOf(
      { ...{ request: requestOf(), principal: agent() }, mutations, ignoreHeaders: [], session: 's', commands: [] },
      grant,
    ),
    null,
  );
});

t.test(
  'kubernetes: verb and object, and the body unless values may differ; mcp: arguments but those that are free',
  async (t) => {
    const patch = (name: string): JsonObject => ({
      kind: 'kubernetes',
      verb: 'patch',
      resource: 'deployments',
      namespace: 'a',
      name,
    });
    const bodies = [{ body: Buffer.from('a') }, { body: Buffer.from('b') }] as const;
    t.not(key(patch('x'), {}, bodies[0]), key(patch('x'), {}, bodies[1]));
    t.equal(key(patch('x'), { match: 'statement' }, bodies[0]), key(patch('x'), { match: 'statement' }, bodies[1]));
    t.not(key(patch('x')), key(patch('y')));
    const call = (args: JsonObject): JsonObject => ({
      kind: 'mcp',
      method: 'tools/call',
      tool: 'drop',
      arguments: args,
    });
    t.equal(key(call({ a: 1, n: 'x' }), { free: ['n'] }), key(call({ n: 'y', a: 1 }), { free: ['n'] }));
    t.not(key(call({ a: 1, n: 'x' })), key(call({ a: 1, n: 'y' })));
  },
);

t.test('a shape has nothing that a caller may vary freely', async (t) => {
  const at = { method: 'POST', authority: 'a', path: '/x?y=1' };
  t.equal(shapeOf(at, []), shapeOf({ ...at, path: '/x?y=2' }, []));
  t.not(shapeOf(at, []), shapeOf({ ...at, path: '/z' }, []));
  t.equal(shapeOf(at, [sql('a')]), shapeOf({ ...at, path: '/z' }, [sql('b')]), 'the statement, not the place');
  t.equal(shapeOf(at, [{ kind: 'unparsed' }]), shapeOf(at, []), 'what is not understood is its place');
});
