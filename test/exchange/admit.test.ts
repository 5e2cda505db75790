import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { admit } from '../../plugin/exchange/admit.ts';
import type { JsonObject } from '../../plugin/request.ts';
import { openParts, patient, requestOf } from './parts.ts';

t.test('an allow has its entry, and carries what release needs', async (t) => {
  const { parts, entries } = await openParts(t, () => ({
    allowed: true,
    rule: 'things/write',
    headers: { 'x-added': 'yes' },
    mask: [{ key: 'ssn', with: 'redact' }],
    dynamic_metadata: { mine: 1 },
  }));
  const answer = await admit(parts, requestOf(), patient());
  t.match(answer, { kind: 'allow', headersToSet: [['x-added', 'yes']], metadata: { mine: 1, release: 'full' } });
  t.match(entries, [{ kind: 'decision', body: { verdict: 'allow', rule: 'things/write', path: '/things' } }]);
  const travelled = JSON.parse(String(answer.metadata.countersign)) as Record<string, unknown>;
  t.match(travelled, { v: 1, exchange: entries[0]?.exchange, seq: 0, plan: [{ key: 'ssn' }] });
  for (const name of ['x-envoy-retry-on', 'if-none-match', 'range', 'countersign-justification'])
    t.ok(answer.kind === 'allow' && answer.headersToRemove.includes(name), name);
});

t.test('the input says who, what and in which session', async (t) => {
  let seen: unknown;
  const { parts } = await openParts(t, (input) => {
    seen = input;
    return true;
  });
  await admit(parts, requestOf(), patient());
  t.match(seen, {
    principal: { id: 'agent', kind: 'agent' },
    session: { key: /^[0-9a-f]{32}$/, requests: 1, denied: 0, principal: { requests: 1 } },
    commands: [],
    approval: null,
  });
});

t.test('without a policy everything is denied', async (t) => {
  const { parts, entries } = await openParts(t, () => true);
  const answer = await admit({ ...parts, policy: () => null }, requestOf(), patient());
  t.match(answer, { kind: 'deny', httpStatus: 503 });
  t.match(entries, [{ body: { verdict: 'deny', rule: 'countersign/policy_missing' } }]);
});

t.test('two identities that disagree are denied', async (t) => {
  const { parts } = await openParts(t, () => true);
  t.match(await admit(parts, requestOf({ peer: 'spiffe://example.com/other' }), patient()), {
    kind: 'deny',
    httpStatus: 403,
  });
});

t.test('no allow leaves without its entry; a denial may', async (t) => {
  const { parts, state } = await openParts(t, ({ attributes }) => JSON.stringify(attributes).includes('/things'));
  state.broken = true;
  t.match(await admit(parts, requestOf(), patient()), { kind: 'deny', httpStatus: 503 });
  const other = requestOf({ check: { attributes: {} } });
  t.match(await admit(parts, other, patient()), { kind: 'deny', httpStatus: 403 });
});

t.test('an allow whose entry became durable after the deadline is not given', async (t) => {
  const { parts, entries } = await openParts(t, () => true);
  const allowed = parts.ledger.allowed;
  const deadline = Date.now() + 30;
  const slow: typeof allowed = async (facts) => {
    const receipt = await allowed(facts);
    while (Date.now() < deadline) await new Promise(setImmediate);
    return receipt;
  };
  const late = { ...patient(), deadline };
  const answer = await admit({ ...parts, ledger: { ...parts.ledger, allowed: slow } }, requestOf(), late);
  t.match(answer, { kind: 'deny', httpStatus: 503 });
  t.match(entries, [{ body: { verdict: 'allow' } }, { body: { verdict: 'deny', rule: 'countersign/unavailable' } }]);
  t.match(await admit(parts, requestOf(), { ...patient(), deadline: null }), { kind: 'allow' }, 'none is no deadline');
});

t.test('a fault of ours is a denial that does not say what broke', async (t) => {
  const { parts } = await openParts(t, () => {
    throw new TypeError('secret detail');
  });
  const answer = await admit(parts, requestOf(), patient());
  t.match(answer, { kind: 'deny', httpStatus: 503 });
  t.notMatch(JSON.stringify(answer), /secret detail/);
});

t.test('denials and holds count in the session and for its principal, whatever the session id', async (t) => {
  const seen: JsonObject[] = [];
  const { parts } = await openParts(t, (input) => {
    seen.push(input.session as JsonObject);
    const { requests } = input.session as { readonly requests: number };
    if (requests === 2) return { allowed: false, hold: { approvals: [{ group: 'dba' }], reason: 'r', wait: '0s' } };
    return requests === 1 ? false : { allowed: 'nonsense' };
  });
  const named = (id: string) => requestOf({ headers: [{ name: 'x-session-id', value: Buffer.from(id) }] });
  for (const id of ['a', 'a', 'a', 'a', 'b']) await admit(parts, named(id), patient());
  t.match(seen[3], { requests: 4, denied: 2, held: 1, principal: { requests: 4, denied: 2, held: 1 } });
  t.match(seen[4], { requests: 1, denied: 0, held: 0, principal: { requests: 5, denied: 3, held: 1 } });
});

t.test("the request's own token counts where it is verified here, and never beside Envoy's word", async (t) => {
  let seen: unknown;
  const { parts } = await openParts(t, (input) => {
    seen = input.principal;
    return true;
  });
  const bearer = async () => ({ iss: 'https://idp.example.com', sub: 'token' });
  await admit({ ...parts, bearer }, requestOf({ jwt: null }), patient());
  t.match(seen, { id: 'token', method: 'jwt' });
  await admit({ ...parts, bearer }, requestOf(), patient());
  t.match(seen, { id: 'agent' });
  const refusing = async () => {
    throw new CountersignError('token_invalid', 'the bearer token has expired');
  };
  t.match(await admit({ ...parts, bearer: refusing }, requestOf({ jwt: null }), patient()), {
    kind: 'deny',
    httpStatus: 401,
  });
});
