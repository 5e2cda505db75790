/** The response phase on the real Envoy: asked when the head is there, masks added, responses withheld, carry travels. */
import t from 'tap';
import { findOpa } from '../../../examples/quickstart/tools.mjs';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { findingsOf, trailOf } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';

const rego = `package envoy.authz

default allow := {"allowed": false}

allow := {
	"allowed": true,
	"rule": "asked",
	"record": "request",
	"mask": [{"key": "ssn", "with": "redact"}],
	"carry": {"tier": input.parsed_path[0]},
} if input.parsed_path[0] != "denied"

default response := {"allowed": true, "rule": "late/plain"}

response := {"allowed": true, "rule": "late/mask", "mask": [{"key": "email", "with": "drop"}], "record": "full"} if {
	input.carry.tier == "masked"
	"agents" in input.principal.groups
}

response := {"allowed": false, "rule": "late/status", "reason": "the upstream said 207"} if {
	input.carry.tier == "refused"
	input.response.status == 207
}

response := {"allowed": false, "http_status": 502, "rule": "late/header"} if {
	input.carry.tier == "tagged"
	input.response.headers["x-classified"] == "secret"
	input.request.method == "GET"
	startswith(input.request.path, "/tagged")
}

response := {"allowed": true, "headers": {"x-late": "1"}} if input.carry.tier == "late"

response := {"allowed": true, "hold": {"approvals": []}} if input.carry.tier == "held"
`;
const source = t.testdir({ 'policy.rego': rego });
const files = new Map([['policy.rego', Buffer.from(rego)]]);
const bundle = await buildBundle({ source, path: 'envoy/authz/allow', opa: findOpa() }, files);
const body = '{"ssn":"078-05-1120","email":"ada@example.com","plan":"pro"}';
const stack = await startStack(t, {
  policy: `${t.testdir({ 'bundle.tar.gz': bundle })}/bundle.tar.gz`,
  respond: ({ path }, response) => {
    const status = path.startsWith('/refused') ? 207 : 200;
    response.writeHead(status, { 'content-type': 'application/json', 'x-classified': 'secret' }).end(body);
    return true;
  },
});
const ask = (path: string) => stack.request({ path });

t.test('masks of the response are applied beside those of the decision, and both digests are entered', async (t) => {
  const { status, body } = await ask('/masked');
  t.equal(status, 200);
  t.equal(body.toString(), '{"ssn":"[masked:ssn]","plan":"pro"}');
  const { decisions, responses } = await trailOf(stack.log, '/masked');
  const [entry] = responses;
  t.match(entry, { outcome: 'complete', recording: String, respond: { rule: 'late/mask', digest: /^[0-9a-f]{64}$/ } });
  t.equal(entry?.planDigest, decisions[0]?.planDigest);
  t.not(entry?.respond?.planDigest, entry?.planDigest);
});

t.test('a response that no rule speaks of goes on, with the masks of the decision', async (t) => {
  const { body } = await ask('/plain');
  t.equal(body.toString(), '{"ssn":"[masked:ssn]","email":"ada@example.com","plan":"pro"}');
});

for (const [path, status, rule] of [
  ['/refused', 403, 'late/status'],
  ['/tagged', 502, 'late/header'],
] as const)
  t.test(`${path} is executed and withheld`, async (t) => {
    const before = stack.arrivals.length;
    const answer = await ask(path);
    t.equal(answer.status, status);
    t.equal(stack.arrivals.length, before + 1, 'the upstream has executed');
    t.match(JSON.parse(answer.body.toString()), { type: /response-denied$/, rule, executed: true });
    t.notMatch(answer.body.toString(), /078-05|ada@/);
    const { responses } = await trailOf(stack.log, path);
    t.match(responses, [{ outcome: 'refused', detail: /the upstream has executed/, respond: { rule } }]);
  });

for (const [path, member] of [
  ['/late', '$.headers'],
  ['/held', '$.hold'],
] as const)
  t.test(`${path}: what comes too late withholds, and the entry names ${member}`, async (t) => {
    const answer = await ask(path);
    t.equal(answer.status, 502);
    t.notMatch(answer.body.toString(), /078-05|ada@/);
    const { responses } = await trailOf(stack.log, path);
    t.match(responses, [{ respond: { reason: new RegExp(`\\${member}: `) } }]);
  });

t.test('the log verifies with it all', async (t) => {
  t.same(await findingsOf(stack.log), []);
});
