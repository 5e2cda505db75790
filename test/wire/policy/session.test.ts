/** Counters of sessions on the real Envoy: a policy limits a run, and a restart or another session id changes nothing. */
import t from 'tap';
import { findOpa } from '../../../examples/quickstart/tools.mjs';
import { buildBundle } from '../../../plugin/policy/compile.ts';
import { untilEntered } from '../fixture/entries.ts';
import { startStack } from '../fixture/stack.ts';

const rego = `package envoy.authz

default allow := {"allowed": false, "rule": "shown"}

allow := {"allowed": false, "http_status": 403, "body": json.marshal(input.session)} if input.parsed_path[0] == "shown"

allow := {"allowed": true, "mask": [{"key": "ssn", "with": "redact"}]} if {
	startswith(input.parsed_path[0], "masked")
	input.session.principal.masked_fields < 4
}
`;
const bundle = await buildBundle(
  { source: t.testdir({ 'policy.rego': rego }), path: 'envoy/authz/allow', opa: findOpa() },
  new Map([['policy.rego', Buffer.from(rego)]]),
);
const stack = await startStack(t, {
  policy: `${t.testdir({ 'bundle.tar.gz': bundle })}/bundle.tar.gz`,
  respond: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[{"ssn":"1"},{"ssn":"2"}]');
    return true;
  },
});
const ask = (path: string, session: string) => stack.request({ path, headers: { 'x-session-id': session } });
const shown = async (session: string) => JSON.parse((await ask('/shown', session)).body.toString('utf8'));

t.test('requests, denials and masked values are counted, and a restart forgets nothing', async (t) => {
  const first = await shown('run-1');
  t.match(first, { key: /^[0-9a-f]{32}$/, requests: 1, denied: 0, held: 0, masked_fields: 0, started: Number });
  t.match(await shown('run-1'), { requests: 2, denied: 1, principal: { requests: 2, denied: 1 } });
  t.equal((await ask('/masked-1', 'run-1')).status, 200);
  await untilEntered(stack, '/masked-1');
  await stack.plugin().stop();
  await stack.startPlugin();
  t.match(await shown('run-1'), { requests: 4, denied: 2, masked_fields: 2, started: first.started });
});

t.test('threat 22: who takes another session id has the same budget', async (t) => {
  t.equal((await ask('/masked-2', 'run-2')).status, 200);
  await untilEntered(stack, '/masked-2');
  t.equal((await ask('/masked-3', 'run-3')).status, 403, 'four values in all were masked for this principal');
  t.match(await shown('run-4'), { requests: 1, masked_fields: 0, principal: { masked_fields: 4 } });
});
