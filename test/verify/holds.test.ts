import t from 'tap';
import type { Entry } from '../../plugin/verify/entry.ts';
import { openHolds } from '../../plugin/verify/holds.ts';
import { openFindings } from '../../plugin/verify/report.ts';
import { approved, consumed, decision, hold, opened } from './sample.ts';

function found(...told: readonly object[]): string[] {
  const findings = openFindings();
  const holds = openHolds();
  for (const [seq, entry] of told.entries())
    holds.entry({ ...entry, seq } as unknown as Entry, `entry ${seq}`, findings);
  holds.settle();
  return findings.list.map(({ code }) => code);
}

const by = (id: string, version: number, issuer = 'https://idp.example.org') =>
  hold('approved', version, { approver: { id, issuer }, group: 'dba', groups: ['dba'] });
const two = hold('opened', 1, { requirements: [[{ group: 'dba', count: 2 }]] });
const allow = decision(3, { hold: 'h_one' });

const grant = hold('opened', 1, {
  requirements: [[{ group: 'dba', count: 1 }]],
  grant: { for: 900_000, uses: 2, match: 'exact' },
});
const use = (version: number, over: object = {}) => ({
  ...hold('consumed', version, { stream: `s${version}` }),
  ...over,
});
/** Who said yes in `approved`. */
const yes = (approved as unknown as { readonly approver: object }).approver;
const first = { ...hold('granted', 3, { stream: 's3' }), time: 1_000 };

t.test('a grant is used within its time and its uses, and the glass is never broken unseen', async (t) => {
  const glass = hold('broke_glass', 2, { approver: { id: 'ann', issuer: 'x' } });
  const told = { kind: 'deviation', state: 'opened', what: 'break glass', detail: '', count: 1, hold: 'h_one' };
  for (const [promise, entries, codes] of [
    ['twice', [grant, approved, first, use(4, { time: 2_000 })], []],
    ['entered again after a crash', [grant, approved, first, first, use(4, { time: 2_000 })], []],
    ['too often', [grant, approved, first, use(4, { time: 1 }), use(5, { time: 1 })], ['hold_consumed_twice']],
    ['too late', [grant, approved, first, use(4, { time: 9_000_000 })], ['hold_unapproved']],
    ['of a hold without one', [opened, approved, first], ['hold_unapproved']],
    ['taken back', [opened, approved, hold('retracted', 3, { approver: yes }), use(4)], ['hold_unapproved']],
    [
      'revoked',
      [grant, approved, first, hold('revoked', 4, { approver: yes }), use(5)],
      ['hold_consumed_twice', 'hold_unapproved'],
    ],
    ['the glass', [opened, told, glass], []],
    ['the glass, and nobody is told', [opened, glass], ['hold_unapproved']],
  ] as const)
    t.same(found(...entries), codes, promise);
});

t.test('a hold is consumed once, after the approvals that it was opened for', async (t) => {
  for (const [promise, told, codes] of [
    ['in order', [opened, approved, consumed, allow], []],
    ['entered again after a crash', [opened, approved, approved, consumed, consumed, allow], []],
    ['in other logs that were read later', [consumed, allow, opened, approved], []],
    ['two people', [two, by('ann', 2), by('bob', 3), consumed], []],
    ['nobody approved', [opened, consumed], ['hold_unapproved']],
    ['never opened', [approved, consumed], ['hold_unapproved']],
    ['one person twice', [two, by('ann', 2), by('ann', 3), consumed], ['hold_unapproved']],
    ['one entry twice', [two, by('ann', 2), by('bob', 2), consumed], ['hold_unapproved']],
    ['rejected', [opened, approved, hold('rejected', 3), hold('consumed', 4)], ['hold_unapproved']],
    ['expired', [opened, approved, hold('expired', 3), hold('consumed', 4)], ['hold_unapproved']],
    ['twice', [opened, approved, consumed, hold('consumed', 4)], ['hold_consumed_twice', 'hold_unapproved']],
    ['by who asks', [opened, by('agent', 2), consumed], ['hold_self_approved', 'hold_unapproved']],
    ['an allow that nothing consumed', [opened, approved, allow], ['hold_not_consumed']],
  ] as const)
    t.same(found(...told), codes, promise);
});
