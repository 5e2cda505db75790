import t, { type Test } from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { readsOf } from '../../plugin/policy/deps.ts';
import { loadPolicy } from '../../plugin/policy/policy.ts';
import type { Json } from '../../plugin/request.ts';
import { withoutOpa } from './rego.ts';

const opa = process.env.OPA || 'opa';

async function reads(t: Test, body: string) {
  const text = `package envoy.authz\n\n${body}\n`;
  const folder = t.testdir({ 'p.rego': text });
  const files = new Map([['p.rego', Buffer.from(text)]]);
  return { folder, found: await readsOf(opa, folder, ['envoy/authz/allow'], files) };
}

t.test('every way of reading is seen', { skip: withoutOpa }, async (t) => {
  const { found } = await reads(
    t,
    `default allow := false
allow := input.a01 if input.a02
else := input.a03 if input.a04
allow if s[input.a05]
s contains input.a06 if input.a07
o[input.a08] := input.a09 if true
allow if o[input.a10] == 1
allow if some x in input.a11
allow if not input.a12
allow if {"a": [input.a13, {input.a14}]} == {"a": [1, {2}]}
allow if data.lib[input.a15]
allow if count([y | y := input.a16]) > 0
allow if every z in input.a17 { z == input.a18 }
allow if f(input.a19)
f(x) if x == input.a20
g(x) := input.a21 if x
else := input.a22
allow if g(1)
r.q[input.a23].z := input.a24
allow if r.q.b.z
allow if input.a25.b["c-d"].e[_].f == 1
allow if input["a26"]
allow if {i | i := input.a27} == set()
allow if input.a28 + 1 > input.a29
allow if object.get(input.a30, "x", input.a31)
# a comment may speak of with; a text too: "with"
allow if "with" == input.a32
allow if regex.match("^a$", input.a32)`,
  );
  const first = new Set(found?.map(([name]) => name));
  t.strictSame(
    Array.from({ length: 32 }, (_, at) => `a${String(at + 1).padStart(2, '0')}`).filter((name) => !first.has(name)),
    [],
  );
  t.strictSame(
    found?.filter(([name]) => name === 'a25'),
    [['a25', 'b', 'c-d', 'e']],
  );
});

t.test('where nobody can say, all of it is read', { skip: withoutOpa }, async (t) => {
  for (const body of [
    'allow if { x := [input]; x[0].a }',
    'allow if { some k; input[k] == 1 }',
    'allow if b with input as {"z": input.hidden}\nb if input.z',
    'allow if b with data.x as input.hidden\nb if data.x',
    'allow if $"{input.a}" == "x"',
    'allow if {\n\t"#" == input.a\n\tb with input as 1\n}\nb if input == 1',
  ])
    t.equal((await reads(t, body)).found, null, body);
});

t.test('a folder that is compiled is trimmed, and answers as before', { skip: withoutOpa }, async (t) => {
  const { folder } = await reads(
    t,
    `default allow := false
allow if {
	input.attributes.request.http.method == "GET"
	input.session.requests < 3
}
allow if {
	some g in input.principal.groups
	g == "admin"
}`,
  );
  t.strictSame((await loadBundle({ source: folder, path: 'envoy/authz/allow', opa })).reads, [
    ['attributes', 'request', 'http', 'method'],
    ['principal', 'groups'],
    ['session', 'requests'],
  ]);
  const policy = await loadPolicy({ source: folder, path: 'envoy/authz/allow', opa });
  const input = (method: string, requests: number, groups: string[]): Json => ({
    attributes: { request: { http: { method, headers: { a: 'b' } } } },
    parsed_body: { large: 'x'.repeat(1_000) },
    session: { requests },
    principal: { groups },
  });
  for (const [method, requests, groups, allowed] of [
    ['GET', 1, [], true],
    ['GET', 5, [], false],
    ['POST', 1, [], false],
    ['POST', 5, ['admin'], true],
  ] as const)
    t.equal(policy.decide(input(method, requests, [...groups])).allowed, allowed);
});
