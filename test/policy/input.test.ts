import t from 'tap';
import { buildInput } from '../../plugin/policy/input.ts';
import { nobody, request } from './rego.ts';

const facts = { principal: nobody, session: { key: 's' }, commands: [{ kind: 'unparsed' }], approval: null };

t.test("opa-envoy-plugin's document, and ours beside it", async (t) => {
  const check = { attributes: { source: { principal: 'spiffe://a/b' }, request: { http: { method: 'GET' } } } };
  t.strictSame(buildInput(request({ path: '//a%2Fb/c//d?x=1&x=2', check }), facts), {
    ...check,
    version: { ext_authz: 'v3', encoding: 'protojson' },
    parsed_path: ['a', 'b', 'c', '', 'd'],
    parsed_query: { x: ['1', '2'] },
    parsed_body: null,
    truncated_body: false,
    source_principal: 'spiffe://a/b',
    principal: { id: '', issuer: '', kind: 'workload', groups: [], actors: [], method: 'none', claims: {} },
    session: { key: 's' },
    commands: [{ kind: 'unparsed' }],
  });
});

t.test('an approval is there only while one is consumed', async (t) => {
  t.notOk('approval' in buildInput(request(), facts));
  t.strictSame(buildInput(request(), { ...facts, approval: { hold: 'h' } }).approval, { hold: 'h' });
});

t.test('a path or query that does not decode is refused', async (t) => {
  for (const path of ['/%zz', '/?a=%', '/?a;b'])
    t.throws(() => buildInput(request({ path }), facts), { code: 'policy_error' });
});

t.test('bytes beyond ASCII are read as UTF-8, as Go reads them', async (t) => {
  const path = Buffer.from('/café?é=1').toString('latin1');
  t.match(buildInput(request({ path }), facts), { parsed_path: ['café'], parsed_query: { é: ['1'] } });
});
