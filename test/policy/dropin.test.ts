/** Policies written for opa-envoy-plugin give the same answers here; by table always, against the plugin where it is. */
import { createHmac } from 'node:crypto';
import t, { type Test } from 'tap';
import { readCheck } from '../../plugin/envoy/translate.ts';
import { type Decision, faultDecision } from '../../plugin/policy/decision.ts';
import { buildInput } from '../../plugin/policy/input.ts';
import type { Policy } from '../../plugin/policy/policy.ts';
import type { JsonObject } from '../../plugin/request.ts';
import { type CheckResponse, checkBytes, type OpaEnvoy, startOpaEnvoy, withoutOpaEnvoy } from './opa-envoy.ts';
import { compile, nobody, withoutOpa } from './rego.ts';

const key = 'shared secret of the people service';

function bearer(claims: object, secret = key): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function checkRequest({ method = 'GET', path = '/', headers = {}, body = '' }: Sent): object {
  const http = { id: '1', method, path, host: 'people', scheme: 'http', protocol: 'HTTP/1.1', headers, body };
  const complete = { ...headers, 'x-envoy-auth-partial-body': 'false' };
  const socket = (port_value: number) => ({ address: { socket_address: { address: '127.0.0.1', port_value } } });
  const source = { ...socket(5000), principal: 'spiffe://mesh/client' };
  const request = { time: { seconds: 1_700_000_000, nanos: 123_000_000 }, http: { ...http, headers: complete } };
  return { attributes: { source, destination: socket(8080), request, context_extensions: { route: 'people' } } };
}

function ours(policy: Policy, sent: Sent): Decision {
  try {
    const facts = { principal: nobody, session: null, commands: [], approval: null };
    return policy.decide(buildInput(readCheck(checkBytes(checkRequest(sent))), facts));
  } catch (error) {
    return faultDecision(error);
  }
}

/** Both answers in one shape: what Envoy would do. */
interface Outcome {
  readonly allowed: boolean;
  readonly status?: number;
  readonly body?: string;
  readonly headers?: readonly string[];
  readonly more?: readonly unknown[];
}

const line = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([name, value]) => `${name}: ${value}`).sort();

function ofOurs(decision: Decision): Outcome {
  const headers = line(decision.headers);
  if (!decision.allowed)
    return { allowed: false, status: decision.httpStatus ?? 403, body: decision.body ?? '', headers };
  const { requestHeadersToRemove, responseHeadersToAdd, queryParametersToSet, queryParametersToRemove } = decision;
  const more = [
    requestHeadersToRemove,
    line(responseHeadersToAdd),
    line(queryParametersToSet),
    queryParametersToRemove,
  ];
  return { allowed: true, headers, more };
}

function ofTheirs({ status, denied_response: denied, ok_response: ok }: CheckResponse): Outcome {
  const pairs = (options: CheckResponse['ok_response'] | CheckResponse['denied_response']) =>
    line((options?.headers ?? []).map(({ header }) => [header.key, header.value] as const));
  if (status.code !== 0)
    return {
      allowed: false,
      status: denied?.status?.code ?? 403,
      body: denied?.body ?? '',
      headers: pairs(denied),
    };
  const added = line((ok?.response_headers_to_add ?? []).map(({ header }) => [header.key, header.value] as const));
  const query = line((ok?.query_parameters_to_set ?? []).map(({ key, value }) => [key, value] as const));
  return {
    allowed: true,
    headers: pairs(ok),
    more: [ok?.headers_to_remove ?? [], added, query, ok?.query_parameters_to_remove ?? []],
  };
}

/** Runs the cases against the plugin on the same Rego, where there is one. */
async function against(rego: string, ask: (plugin: OpaEnvoy, t: Test) => Promise<void>): Promise<void> {
  await t.test('opa-envoy-plugin answers the same', { skip: withoutOpaEnvoy || withoutOpa }, async (t) => {
    const plugin = await startOpaEnvoy(t.testdir({ 'policy.rego': `package envoy.authz\n\n${rego}\n` }));
    t.teardown(() => plugin.close());
    await ask(plugin, t);
  });
}

/** The shape of opa-envoy-plugin's quick start: who may list people, and who may add one. */
const people = `
default allow := false

request := input.attributes.request.http

claims := payload if {
	[kind, encoded] := split(request.headers.authorization, " ")
	lower(kind) == "bearer"
	[valid, _, payload] := io.jwt.decode_verify(encoded, {"secret": "${key}"})
	valid
}

current if {
	seconds := time.now_ns() / 1000000000
	claims.nbf <= seconds
	seconds < claims.exp
}

allow if {
	current
	claims.role in {"guest", "admin"}
	request.method == "GET"
	glob.match("/people*", ["/"], request.path)
}

allow if {
	current
	claims.role == "admin"
	request.method == "POST"
	input.parsed_path == ["people"]
	lower(input.parsed_body.firstname) != base64url.decode(claims.sub)
}
`;

const now = Math.floor(Date.now() / 1000);
const token = (role: string, change: object = {}, secret = key) => ({
  authorization: bearer(
    { role, sub: Buffer.from('alice').toString('base64url'), nbf: now - 60, exp: now + 600, ...change },
    secret,
  ),
});
const json = { 'content-type': 'application/json' };
const post = (who: object, body: string): Sent => ({
  method: 'POST',
  path: '/people',
  headers: { ...json, ...who },
  body,
});

const peopleCases: readonly (readonly [name: string, sent: Sent, allowed: boolean])[] = [
  ['a guest lists people', { path: '/people', headers: token('guest') }, true],
  ['a guest adds nobody', post(token('guest'), '{"firstname":"Bob"}'), false],
  ['an admin lists people', { path: '/people', headers: token('admin') }, true],
  ['an admin adds somebody', post(token('admin'), '{"firstname":"Bob"}'), true],
  ['an admin does not add themselves', post(token('admin'), '{"firstname":"Alice"}'), false],
  ['the last of two names counts', post(token('admin'), '{"firstname":"Bob","firstname":"Alice"}'), false],
  ['another path', { path: '/animals', headers: token('admin') }, false],
  ['no token', { path: '/people' }, false],
  ['no token of ours', { path: '/people', headers: token('admin', {}, 'another secret') }, false],
  ['no token at all', { path: '/people', headers: { authorization: 'Bearer x.y.z' } }, false],
  [
    'another scheme',
    { path: '/people', headers: { authorization: `Basic ${token('admin').authorization.slice(7)}` } },
    false,
  ],
  ['an expired token', { path: '/people', headers: token('guest', { exp: now - 1 }) }, false],
  ['a token of tomorrow', { path: '/people', headers: token('guest', { nbf: now + 86_400 }) }, false],
  ['a body that is no JSON', post(token('admin'), '{"firstname":'), false],
  ['no body', post(token('admin'), ''), false],
];

t.test('the quick start of opa-envoy-plugin', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, people);
  for (const [name, sent, allowed] of peopleCases) t.equal(ours(policy, sent).allowed, allowed, name);
  t.match(ours(policy, post(token('admin'), '{')), { fault: /^policy_error: expected a body of one JSON value/ });
});
await against(people, async (plugin, t) => {
  for (const [name, sent, allowed] of peopleCases)
    t.equal(ofTheirs(await plugin.check(checkRequest(sent))).allowed, allowed, name);
});

/** Object results: every member that opa-envoy-plugin knows. */
const objects = `
path := input.parsed_path

default allow := {"allowed": false, "http_status": 401, "body": "who are you?", "headers": {"www-authenticate": "Bearer"}}

allow := {
	"allowed": true,
	"headers": [{"x-user": "alice"}, {"x-role": ["a", "b"]}],
	"request_headers_to_remove": ["authorization", "cookie"],
	"response_headers_to_add": {"x-decided": "yes"},
	"query_parameters_to_set": {"page": "1", "tag": ["x", "y"]},
	"query_parameters_to_remove": ["debug"],
	"dynamic_metadata": {"team": {"id": 7}},
} if path == ["all"]

allow := {"allowed": false} if path == ["plain"]

allow := {"allowed": true} if path == ["bare"]

allow := {"allowed": false, "http_status": 429, "headers": {"retry-after": input.parsed_query.after}} if path == ["slow"]
`;

const objectCases: readonly (readonly [sent: Sent, outcome: Outcome])[] = [
  [{ path: '/' }, { allowed: false, status: 401, body: 'who are you?', headers: ['www-authenticate: Bearer'] }],
  [{ path: '/plain' }, { allowed: false, status: 403, body: '', headers: [] }],
  [{ path: '/bare' }, { allowed: true, headers: [], more: [[], [], [], []] }],
  [
    { path: '/slow?after=5&after=6' },
    { allowed: false, status: 429, body: '', headers: ['retry-after: 5', 'retry-after: 6'] },
  ],
  [
    { path: '/all' },
    {
      allowed: true,
      headers: ['x-role: a', 'x-role: b', 'x-user: alice'],
      more: [['authorization', 'cookie'], ['x-decided: yes'], ['page: 1', 'tag: x', 'tag: y'], ['debug']],
    },
  ],
];

t.test('results with headers, bodies and queries', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, objects);
  for (const [sent, outcome] of objectCases) t.strictSame(ofOurs(ours(policy, sent)), outcome, sent.path ?? '');
  t.strictSame(ours(policy, { path: '/all' }).dynamicMetadata, { team: { id: 7 } });
});
await against(objects, async (plugin, t) => {
  for (const [sent, outcome] of objectCases)
    t.strictSame(ofTheirs(await plugin.check(checkRequest(sent))), outcome, sent.path ?? '');
});

/** Shows the whole input document, less what is only ours. */
const mirror = `
allow := {
	"allowed": true,
	"headers": {"x-input": json.marshal(object.remove(input, ["principal", "session", "commands"]))},
}
`;

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const multipart = { 'content-type': 'multipart/form-data; boundary=b' };
const part = (headers: string, body: string) => `--b\r\n${headers}\r\n\r\n${body}\r\n`;
const mirrored: readonly Sent[] = [
  { path: '/' },
  { path: '' },
  { path: '*' },
  { path: '//a//b/?' },
  { path: '/a%2Fb/%C3%A9+%20?x=1&y=a+b%26&x=2&z' },
  { path: '/a?x==&=y&&%3D=%3D' },
  { path: '/a?x=1?y=2' },
  { method: 'POST', headers: json, body: '{"a":[1,2.5,null,true,"\\u00e9\\ud83d\\ude00"],"b":{}}' },
  { method: 'POST', headers: json, body: '{"big":12345678901234567890,"a":1,"a":2}' },
  { method: 'POST', headers: { 'content-type': 'application/json;charset=utf-8', 'content-length': '3' }, body: '{}' },
  { method: 'POST', headers: { ...json, 'content-length': '2' }, body: '{}' },
  { method: 'POST', headers: json, body: ' "x" ' },
  { method: 'POST', headers: json, body: '' },
  { method: 'POST', headers: form, body: 'a=1&b=x+y&a=%C3%A9' },
  { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"a":1}' },
  { method: 'POST', body: '{"a":1}' },
  {
    method: 'POST',
    headers: multipart,
    body: `${part('Content-Disposition: form-data; name="a"', 'x\ny')}${part('Content-Disposition: form-data; name=j\r\nContent-Type: application/json', '{"n":[1]}')}${part('Content-Disposition: form-data; name="a"; filename="f"', '')}--b--\r\n`,
  },
  { method: 'POST', headers: { 'content-type': 'multipart/form-data' }, body: 'x' },
];

/** Both refuse these: the plugin by 400, we by a fault, and never by an error of the call. */
const malformed: readonly Sent[] = [
  { path: '/%zz' },
  { path: '/a?x=%' },
  { path: '/a?x;y' },
  { method: 'POST', headers: json, body: '{"a":1' },
  { method: 'POST', headers: json, body: '{} {}' },
  { method: 'POST', headers: { ...json, 'content-length': 'x' }, body: '{}' },
  { method: 'POST', headers: form, body: 'a=%' },
  { method: 'POST', headers: multipart, body: part('Content-Disposition: form-data; name="a"', 'x') },
];

const shown = (outcome: Outcome) => JSON.parse(outcome.headers?.[0]?.replace('x-input: ', '') ?? 'null') as JsonObject;

t.test('malformed requests are denied', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, mirror);
  for (const sent of malformed)
    t.match(ours(policy, sent), { allowed: false, fault: /^policy_error/ }, JSON.stringify(sent));
});
await against(mirror, async (plugin, t) => {
  const policy = await compile(t, mirror);
  for (const sent of mirrored) {
    const theirs = shown(ofTheirs(await plugin.check(checkRequest(sent))));
    t.strictSame(shown(ofOurs(ours(policy, sent))), theirs, JSON.stringify(sent));
  }
  for (const sent of malformed)
    t.equal(
      (await plugin.check(checkRequest(sent)).then(ofTheirs, () => ({ allowed: false }))).allowed,
      false,
      JSON.stringify(sent),
    );
});
