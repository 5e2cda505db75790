import t from 'tap';
import { checkPolicy } from '../../../plugin/cli/policy/check.ts';
import { openOpa } from '../../../plugin/cli/policy/opa.ts';
import { found, withoutOpa } from './rego.ts';

const skip = withoutOpa;
const rows: readonly (readonly [what: string, rules: string, finding: RegExp])[] = [
  ['does not parse', 'allow := ', /^-?\d compile parse error/],
  ['is not strict', 'allow if {\n\tx := 1\n}', /^2 compile compile error: assigned var x unused/],
  ['has wrong types', 'allow if count(1) == 1', /^1 compile type error/],
  ['names what is not in the input', 'allow if input.atributes.x', /^1 input input\.atributes\.x is not in the input/],
  ['counts what is not counted', 'allow if input.session.reqests > 1', /^1 input input\.session\.reqests/],
  ['calls what nobody has', 'allow if http.sned({}).x', /^1 builtin http\.sned/],
  ['has no such rule', 'alow := true', /^-1 load .*say --library/],
];
for (const [what, rules, finding] of rows)
  t.test(`a policy that ${what}`, { skip }, async (t) => {
    const lines = await found(t, rules);
    t.match(lines[0], finding);
    t.ok(lines.length === 1 || what === 'does not parse', lines.join('\n'));
  });

t.test('whatever the input has may be asked for', { skip }, async (t) => {
  const refs = [
    'attributes.request.http.headers["x-a"]',
    'attributes.contextExtensions["countersign.route"]',
    'attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].payload.sub',
    'attributes.source.address.socketAddress.portValue',
    'attributes.request.time.seconds',
    'parsed_body.any.thing',
    'parsed_query.a[0]',
    'principal.claims.tenant.id',
    'principal.actors[0].id',
    'session.principal.masked_fields',
    'commands[0].statements[0].objects[_].name',
    'approval.approvals[0].group',
    'response.headers["content-type"]',
    'carry.tenant',
  ];
  const rules = refs.map((ref, i) => `allow if type_name(input.${ref}) == "${i}"`).join('\n');
  t.same(await found(t, `default allow := false\n\n${rules}`), []);
});

t.test('an author who knows better says so in the source', { skip }, async (t) => {
  const rules = (comment: string) =>
    `names contains g if some g in input.principal.groups\n\n${comment}\nallow := {"allowed": true, "reason": concat(",", names)}`;
  t.same(await found(t, rules('# countersign:ignore order: one group at most')), []);
  t.equal((await found(t, rules('# countersign:ignore input'))).length, 1);
});

t.test('a library decides nothing, and several folders are one policy', { skip }, async (t) => {
  const folder = t.testdir({
    lib: { 'lib.rego': 'package lib\n\nok(x) if x == "a"\n' },
    own: { 'a.rego': 'package envoy.authz\n\nimport data.lib\n\nallow if lib.ok(input.parsed_path[0])\n' },
  });
  const opa = openOpa(undefined);
  t.same(await checkPolicy({ sources: [`${folder}/lib`], path: null, opa }), []);
  t.same(await checkPolicy({ sources: [`${folder}/lib`, `${folder}/own`], path: 'envoy/authz/allow', opa }), []);
  t.match(await checkPolicy({ sources: [`${folder}/own`], path: 'envoy/authz/allow', opa }), [
    { check: 'builtin', message: /data\.lib\.ok: no such function/ },
  ]);
});

t.test('sources that are none', { skip }, async (t) => {
  const options = { path: null, opa: openOpa(undefined) };
  await t.rejects(checkPolicy({ ...options, sources: [t.testdir()] }), { code: 'usage', message: /no \.rego file/ });
  await t.rejects(checkPolicy({ ...options, sources: ['/none'] }), { code: 'usage', message: /no such file/ });
});
