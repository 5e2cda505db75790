import t from 'tap';
import { planOf } from '../../plugin/exchange/plan.ts';
import type { Opening } from '../../plugin/exchange/release.ts';
import { respond, responseInput } from '../../plugin/exchange/respond.ts';
import type { Travelled } from '../../plugin/exchange/travel.ts';
import type { Policy } from '../../plugin/policy/policy.ts';
import { readResponse } from '../../plugin/policy/respond.ts';
import type { Json } from '../../plugin/request.ts';

const line = (name: string, value: string) => ({ name, value: Buffer.from(value) });
const opening: Opening = {
  head: { status: 207, headers: [line('content-type', 'text/plain'), line('via', 'a'), line('via', 'b')] },
  endOfStream: false,
  metadata: {},
  attributes: { 'request.method': 'GET', 'request.path': '/a?b', 'request.host': 'h', 'xds.route_name': 'r' },
};
const decided = planOf([{ key: 'ssn', with: 'redact' }]);
const travelled: Travelled = {
  exchange: '0192f0c1-2f00-7000-8000-000000000000',
  origin: 'e1.w.example.com',
  seq: 1,
  policyDigest: 'a'.repeat(64),
  plan: decided.plan,
  planDigest: decided.digest,
  record: 'request',
  carry: { tenant: 'blue' },
  session: 'c'.repeat(32),
  principal: { id: 'bot', issuer: 'https://idp.example.com', groups: ['agents'] },
};
const policy = (result: Json | undefined): Policy =>
  ({ digest: 'b'.repeat(64), revision: 'r', respond: () => readResponse(result) }) as unknown as Policy;
const asked = (result: Json | undefined, changes: Partial<Travelled> = {}) =>
  respond(policy(result), opening, { ...travelled, ...changes }, { decided: decided.compiled, keys: {} });

t.test('the input is what design and docs say, and nothing else', async (t) => {
  t.strictSame(responseInput(opening, travelled), {
    response: { status: 207, headers: { 'content-type': 'text/plain', via: 'a,b' } },
    request: { method: 'GET', host: 'h', path: '/a?b', route: 'r' },
    principal: { id: 'bot', issuer: 'https://idp.example.com', groups: ['agents'] },
    carry: { tenant: 'blue' },
  });
  const { principal, ...before } = travelled;
  t.match(responseInput({ ...opening, attributes: {} }, before), { request: {}, principal: null });
});

t.test('masks are added to those of the decision, and named by a digest of their own', async (t) => {
  const said = asked({ allowed: true, rule: 'late', mask: [{ key: 'email', with: 'drop' }] });
  t.equal(said?.plan.masks.length, 2);
  t.match(said?.note, { digest: 'b'.repeat(64), rule: 'late', planDigest: /^[0-9a-f]{64}$/ });
  t.not(said?.note.planDigest, decided.digest);
  for (const result of [true, { allowed: true }, { allowed: true, mask: [] }]) {
    t.equal(asked(result)?.plan, decided.compiled);
    t.notOk('planDigest' in (asked(result)?.note ?? {}));
  }
});

t.test('recording is raised, never lowered, and only as far as the request was kept', async (t) => {
  t.equal(asked({ allowed: true, record: 'full' })?.record, 'full');
  t.equal(asked({ allowed: true, record: 'none' })?.record, 'request');
  t.equal(asked(true)?.record, 'request');
  t.throws(() => asked({ allowed: true, record: 'full' }, { record: 'metadata' }), { code: 'policy_result' });
  t.throws(() => asked({ allowed: true, record: 'all' }), { code: 'policy_result', message: /^record/ });
});

t.test('what can not be kept throws, a denial does not', async (t) => {
  t.throws(() => asked({ allowed: true, mask: [{ key: 'a', with: 'nonsense' }] }), { code: 'policy_result' });
  t.throws(() => asked({ allowed: true, mask: 'all' }), { code: 'policy_result' });
  t.throws(() => asked({ allowed: true, mask: [{ key: 'a', with: 'hash', hash_key: 'none' }] }));
  t.match(asked(false), { decision: { allowed: false, fault: null } });
  t.match(asked(undefined), { decision: { allowed: false, fault: /undefined/ }, note: { reason: /undefined/ } });
});

t.test('a bundle without the rule is not asked; none at all withholds where the decision promised one', async (t) => {
  const parts = { decided: decided.compiled, keys: {} };
  const without = { digest: 'c'.repeat(64), respond: null } as unknown as Policy;
  t.equal(respond(without, opening, travelled, parts), null);
  t.throws(() => respond(null, opening, travelled, parts), { code: 'policy_missing' });
  const { principal, ...before } = travelled;
  t.equal(respond(null, opening, before, parts), null);
});
