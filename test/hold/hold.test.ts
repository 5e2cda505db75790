import fc from 'fast-check';
import t from 'tap';
import * as rules from '../../plugin/hold/hold.ts';
import type { HoldRecord } from '../../plugin/hold/record.ts';
import { openHold } from '../../plugin/hold/record.ts';
import type { Principal } from '../../plugin/request.ts';
import { opening, pendingHold, specOf } from './opening.ts';
import { agent, human } from './people-of.ts';

const other = 'https://saml.example.com';
const [bob, carol, dave] = [human('bob'), human('carol'), human('dave', ['dba', 'security'])];

function must(next: rules.Next): HoldRecord {
  if ('hold' in next) return next.hold;
  throw new Error(`refused: ${next.refusal.message}`);
}

const code = (next: rules.Next) => ('refusal' in next ? next.refusal.code : 'done');
const say = (hold: HoldRecord, by: Principal, reason: string | null = null) => ({
  by,
  shown: { digest: hold.digest, version: hold.version },
  reason,
});
const approve = (hold: HoldRecord, by: Principal, now = 1) => rules.approve(hold, say(hold, by), now);
const approved = must(approve(pendingHold(), bob));

t.test('who may approve', async (t) => {
  for (const [name, by, expected] of [
    ['another person of the group', bob, 'done'],
    ['who asked', agent({ groups: ['dba'] }), 'hold_self'],
    ['the owner of the agent', human('alice'), 'hold_self'],
    ['the owner by another account', human('a2', ['dba'], { issuer: other, person: 'ALICE@example.com' }), 'hold_self'],
    ['a person of no group', human('erin', ['auditors']), 'forbidden'],
    ['another agent', agent({ id: 'bot', groups: ['dba'], owner: null }), 'forbidden'],
    [
      'a human by a tool that acts for them',
      human('bob', ['dba'], { actors: [{ id: 'x', issuer: other }] }),
      'forbidden',
    ],
    ['of an issuer that names no person', human('bob', ['dba'], { issuer: other, person: null }), 'forbidden'],
  ] as const)
    t.equal(code(approve(pendingHold(), by)), expected, name);
});

t.test('one person counts once, and approvals do not overshoot', async (t) => {
  const two = pendingHold({ spec: specOf({ approvals: [{ group: 'dba', count: 2 }] }) });
  const one = must(approve(two, bob));
  t.match(one, { state: 'pending', version: 2, validUntil: null });
  t.equal(code(approve(one, bob)), 'hold_state', 'the same account');
  t.equal(code(approve(one, human('b2', ['dba'], { person: 'bob@example.com' }))), 'hold_state', 'the same person');
  t.equal(code(approve(one, human('x', ['dba'], { person: null }))), 'forbidden', 'who may be the same person');
  const met = must(approve(one, carol, 5));
  t.match(met, { state: 'approved', version: 3, validUntil: 600_005 });
  t.equal(code(approve(met, dave)), 'hold_state', 'it is approved already');

  const both = pendingHold({ spec: specOf({ approvals: [{ group: 'dba' }, { group: 'security' }] }) });
  const first = must(approve(both, dave));
  t.equal(first.state, 'pending', 'a person in both groups is one person');
  t.equal(must(approve(first, bob)).state, 'approved', 'and counts where they are needed');
});

t.test('an approval is for what was shown', async (t) => {
  const hold = pendingHold();
  for (const shown of [
    { digest: 'd2'.repeat(32), version: 1 },
    { digest: hold.digest, version: 2 },
  ])
    t.equal(code(rules.approve(hold, { by: bob, shown, reason: null }, 1)), 'hold_state');
});

t.test('a rejection needs a reason, is final, and forgets the texts', async (t) => {
  const hold = pendingHold();
  t.equal(code(rules.reject(hold, say(hold, bob), 1)), 'usage');
  t.equal(code(rules.reject(hold, say(hold, bob, '  '), 1)), 'usage');
  t.equal(code(rules.reject(hold, say(hold, human('alice'), 'no'), 1)), 'hold_self');
  const rejected = must(rules.reject(hold, say(hold, bob, 'no'), 1));
  t.match(rejected, { state: 'rejected', display: null, justification: null, rejection: { reason: 'no' } });
  t.equal(code(approve(rejected, carol)), 'hold_state');
});

t.test('an approval is used once, in time, for the same request', async (t) => {
  const use = { version: approved.version, digest: approved.digest, httpId: 's1', grantKey: null };
  const consumed = must(rules.consume(approved, use, 2));
  t.match(consumed, { state: 'consumed', version: 3, consumed: { httpId: 's1', at: 2 }, display: null });
  for (const [name, next] of [
    ['used', rules.consume(consumed, use, 3)],
    ['not approved', rules.consume(pendingHold(), { ...use, version: 1 }, 2)],
    ['at its end', rules.consume(approved, use, 600_001)],
    ['another request', rules.consume(approved, { ...use, digest: 'd2'.repeat(32) }, 2)],
    ['another version', rules.consume(approved, { ...use, version: 1 }, 2)],
    ['approved again', approve(consumed, carol)],
    ['withdrawn when approved', rules.withdraw(approved, 2)],
    ['approved when expired', approve(pendingHold(), bob, 1_800_000)],
    ['expired too early', rules.expire(pendingHold(), 1_799_999)],
    ['an approval expired too early', rules.expire(approved, 600_000)],
    ['expired when closed', rules.expire(consumed, 9_999_999)],
  ] as const)
    t.equal(code(next), 'hold_state', name);
  t.equal(must(rules.expire(pendingHold(), 1_800_000)).state, 'expired');
  t.equal(must(rules.expire(approved, 600_001)).state, 'expired');
  t.equal(must(rules.withdraw(pendingHold(), 2)).state, 'withdrawn');
});

t.test('approvals that nobody was told of are taken back', async (t) => {
  t.match(must(rules.reopen(approved, [2])), { state: 'pending', version: 3, approvals: [], validUntil: null });
});

const cast: readonly Principal[] = [
  ...['alice', 'bob', 'carol', 'dave'].map((id) => human(id, id === 'carol' ? ['security'] : ['dba', 'security'])),
  human('bob-admin', ['dba'], { person: 'bob@example.com' }),
  human('mallory', ['dba'], { issuer: other, person: null }),
  agent({ groups: ['dba', 'security'] }),
];

/** Any sequence of events at any times keeps the promises of holds.md. */
t.test('whatever happens, nothing is used without its people, twice, or late', async () => {
  const event = fc.record({
    what: fc.constantFrom('approve', 'approve', 'approve', 'reject', 'expire', 'withdraw', 'consume', 'consume'),
    who: fc.nat(cast.length - 1),
    after: fc.nat(400_000),
    stale: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      const spec = specOf({ any_of: [[{ group: 'dba' }, { group: 'security' }]], approvals: undefined });
      let hold = openHold(opening({ spec }), 0);
      let [now, uses] = [0, 0];
      for (const { what, who, after, stale } of events) {
        now += after;
        const by = cast[who] ?? bob;
        const version = stale ? hold.version - 1 : hold.version;
        const verdict = { by, shown: { digest: hold.digest, version }, reason: 'because' };
        const next = {
          approve: () => rules.approve(hold, verdict, now),
          reject: () => rules.reject(hold, verdict, now),
          expire: () => rules.expire(hold, now),
          withdraw: () => rules.withdraw(hold, now),
          consume: () => rules.consume(hold, { version, digest: hold.digest, httpId: 's', grantKey: null }, now),
        }[what]();
        if ('refusal' in next) continue;
        if (next.hold.version !== hold.version + 1) return false;
        if (!rules.isLive(hold)) return false;
        if (stale && what !== 'expire' && what !== 'withdraw') return false;
        if (next.hold.state === 'consumed') {
          uses += 1;
          const persons = new Set(hold.approvals.map(({ approver }) => approver.person));
          const last = hold.approvals.at(-1)?.at ?? Number.NaN;
          if (persons.size < 2 || hold.approvals.length !== 2) return false;
          if (persons.has('alice@example.com') || persons.has(null)) return false;
          if (!(now < last + 600_000)) return false;
        }
        hold = next.hold;
      }
      return uses <= 1;
    }),
    { numRuns: 500 },
  );
});
