/** Grants through the real Envoy: the same command shape, principal and session, as often and as long as the policy says. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import t from 'tap';
import { until } from '../../../examples/quickstart/child.ts';
import { entriesOfKind, findingsOf } from '../fixture/entries.ts';
import { asPerson, bob, dave, holdStack, json, sue, verdict } from '../fixture/holds.ts';

/** Responses that the upstream leaves open: they run under a grant until somebody ends it. */
const stack = await holdStack(t, {
  respond(arrival, response) {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (arrival.rawHeaders.includes('x-slow')) response.write('{"rows":[');
    else response.end('{"executed":true}');
    return true;
  },
});

type Headers = Record<string, string>;
const session = { 'x-session-id': 'a' };
const sql = (text: string, headers: Headers = session) => stack.request({ path: '/sql', body: { sql: text }, headers });

/** Asks for it, and has it approved. */
async function granted(text: string, headers: Headers = session): Promise<string> {
  const { hold } = json<{ hold: string }>(await sql(text, headers));
  await verdict(stack, hold, bob);
  return hold;
}

t.test('a grant is for the same command, session and headers, and for so many uses', async (t) => {
  const text = "DELETE FROM customers WHERE name = 'bob'";
  const hold = await granted(text);
  t.match(json(await asPerson(stack, dave, 'holds/grants')), { grants: [{ id: hold, grant: { used: 0, uses: 3 } }] });
  t.equal((await sql(text)).status, 200);
  t.equal((await sql(`${text}  -- again`)).status, 200, 'another layout');
  for (const [name, answer] of [
    ['another value', await sql("DELETE FROM customers WHERE name = 'ann'")],
    ['a wider condition', await sql("DELETE FROM customers WHERE name LIKE '%'")],
    ['another session', await sql(text, { 'x-session-id': 'b' })],
    ['another header', await sql(text, { ...session, 'x-http-method-override': 'DELETE' })],
    ['another statement behind it', await sql(`${text}; DROP TABLE customers`)],
    ['another caller', await stack.request({ path: '/sql', body: { sql: text }, headers: session }, 'bob')],
  ] as const)
    t.match(json(answer), { state: 'pending' }, name);
  t.equal((await sql(text)).status, 200, 'the third use');
  t.match(json(await sql(text)), { state: 'pending' }, 'the fourth is asked anew');
  const steps = (await entriesOfKind(stack.log, 'hold')).filter((entry) => entry.hold === hold);
  t.same(
    steps.map(({ transition }) => transition),
    ['opened', 'approved', 'granted', 'consumed', 'consumed'],
  );
});

t.test('where the policy says statement, values may differ, and nothing else', async (t) => {
  const loose = { ...session, 'x-match': 'statement' };
  await granted("UPDATE customers SET plan = 'pro' WHERE id = 1", loose);
  t.equal((await sql("UPDATE customers SET plan = 'free' WHERE id = 2", loose)).status, 200);
  t.match(json(await sql('UPDATE customers SET plan = ssn WHERE id = 2', loose)), { state: 'pending' });
});

t.test('what can not be told from the command is approved once (threat 12)', async (t) => {
  for (const text of ['DO $$ BEGIN DELETE FROM customers; END $$', "COPY customers TO PROGRAM 'tee x'"]) {
    await granted(text);
    t.equal((await sql(text)).status, 200);
    t.match(json(await sql(text)), { state: 'pending' }, text);
  }
});

t.test('a grant that is revoked ends what runs under it, and lets nothing more through', async (t) => {
  const text = 'SELECT id FROM customers WHERE id = 7';
  const slow = { ...session, 'x-slow': '1' };
  const hold = await granted(text, slow);
  const token = await stack.idp.token('reporting-agent', 'api');
  const body = JSON.stringify({ sql: text });
  const headers = { ...slow, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const call = request({
    ...{ host: '127.0.0.1', port: stack.port(), path: '/sql', method: 'POST', agent: false },
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  });
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  call.on('error', () => {});
  response.on('error', () => {}).resume();
  const cut = new Promise((resolve) => response.once('close', resolve));
  t.match(await verdict(stack, hold, sue, 'revoke').catch((error: Error) => ({ error: error.message })), {
    status: 403,
  });
  t.match(await verdict(stack, hold, dave, 'revoke'), { state: 'revoked' });
  await cut;
  t.notOk(response.complete, 'its stream was reset');
  t.match(json(await sql(text, slow)), { state: 'pending' });
  t.same(
    json(await asPerson(stack, dave, 'holds/grants')).grants,
    (await liveGrants()).filter(({ id }) => id !== hold),
  );
  await until('the entry of the cut response', async () =>
    (await entriesOfKind(stack.log, 'response')).some(({ outcome }) => outcome === 'cut') ? true : undefined,
  );
});

async function liveGrants(): Promise<readonly { readonly id: string }[]> {
  return json<{ grants: { id: string }[] }>(await asPerson(stack, dave, 'holds/grants')).grants;
}

t.test('a grant outlives a restart, with its uses', async (t) => {
  const text = 'SELECT id FROM customers WHERE id = 8';
  await granted(text);
  t.equal((await sql(text)).status, 200);
  await stack.killPlugin();
  await stack.startPlugin();
  t.equal((await sql(text)).status, 200);
  t.equal((await sql(text)).status, 200);
  t.match(json(await sql(text)), { state: 'pending' });
});

t.test('the log verifies', async (t) => {
  const open = (await findingsOf(stack.log)).filter(
    (finding) => !/without a response|allow_without_response/.test(finding),
  );
  t.same(open, []);
});
