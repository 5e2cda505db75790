import t from 'tap';
import { CountersignError } from '../../plugin/errors.ts';
import { admit } from '../../plugin/exchange/admit.ts';
import { refuse, unreadable } from '../../plugin/exchange/conclude.ts';
import { openParts, patient, requestOf } from './parts.ts';

t.test('a plain denial is as opa-envoy-plugin answers it: no body of ours', async (t) => {
  const { parts } = await openParts(t, () => false);
  t.match(await admit(parts, requestOf(), patient()), {
    kind: 'deny',
    httpStatus: 403,
    body: '',
    headers: [],
    metadata: { release: 'skip' },
  });
});

t.test("the policy's own status, headers and body are kept", async (t) => {
  const { parts } = await openParts(t, () => ({
    allowed: false,
    http_status: 409,
    body: 'no',
    headers: { 'x-why': 'tea' },
  }));
  t.match(await admit(parts, requestOf(), patient()), { httpStatus: 409, body: 'no', headers: [['x-why', 'tea']] });
});

t.test('a denial with a reason is a problem document', async (t) => {
  const { parts, entries } = await openParts(t, () => ({ allowed: false, rule: 'sql/ddl', reason: 'no DDL here' }));
  const answer = await admit(parts, requestOf(), patient());
  t.match(answer.kind === 'deny' ? JSON.parse(answer.body) : null, {
    rule: 'sql/ddl',
    detail: 'no DDL here',
    instance: `urn:uuid:${entries[0]?.exchange}`,
  });
});

t.test('a fault of the policy is denied without telling the caller its details', async (t) => {
  const { parts, entries } = await openParts(t, () => ({ allowed: true, unknown_member: 1 }));
  const answer = await admit(parts, requestOf(), patient());
  t.match(answer, { kind: 'deny', httpStatus: 403 });
  t.notMatch(JSON.stringify(answer), /unknown_member/);
  t.match(entries[0]?.body, { verdict: 'deny', reason: /unknown_member/ });
});

t.test('what would not fit on its way to the response is denied before the upstream sees the request', async (t) => {
  const mask = Array.from({ length: 200 }, (_, at) => ({ path: `$.a${at}`, with: 'redact' }));
  const { parts, entries } = await openParts(t, () => ({ allowed: true, mask }));
  t.match(await admit(parts, requestOf(), patient()), { kind: 'deny' });
  t.match(entries, [{ body: { verdict: 'deny', rule: 'countersign/policy_result' } }]);
});

t.test('codes have their statuses', async (t) => {
  const { parts } = await openParts(t, () => false);
  for (const [code, status] of [
    ['check_malformed', 400],
    ['identity_missing', 401],
    ['hold_limit', 429],
    ['audit_overload', 503],
    ['hold_impossible', 403],
  ] as const)
    t.match(await refuse(parts, { exchange: 'x', request: requestOf() }, new CountersignError(code, 'why')), {
      httpStatus: status,
    });
});

t.test('what was no Check is denied and entered; with a broken log it is denied still', async (t) => {
  const { parts, entries, state } = await openParts(t, () => true);
  const error = new CountersignError('check_malformed', 'expected a CheckRequest');
  const answer = await unreadable(parts, error);
  t.match(answer, { kind: 'deny', httpStatus: 400, metadata: { release: 'skip' } });
  t.match(entries, [{ kind: 'deviation', body: { what: 'unreadable check', detail: 'expected a CheckRequest' } }]);
  state.broken = true;
  t.match(await unreadable(parts, new TypeError('secret')), { kind: 'deny', httpStatus: 503 });
  t.notMatch((await unreadable(parts, new TypeError('secret'))).body, 'secret');
});
