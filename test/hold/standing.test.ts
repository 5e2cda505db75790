import t from 'tap';
import { openStanding } from '../../plugin/hold/standing.ts';
import { human } from './people-of.ts';

const approval = { version: 2, approver: human('bob'), groups: ['dba'], group: 'dba', reason: null, at: 1 };

t.test('who is known to have left the group does not count, who was not seen does', async (t) => {
  const standing = openStanding();
  t.ok(standing.holds(approval));
  standing.seen(human('bob', ['dba', 'other']));
  t.ok(standing.holds(approval));
  standing.seen(human('bob', ['other']));
  t.notOk(standing.holds(approval));
  t.ok(standing.holds({ ...approval, approver: human('carol') }));
});

t.test('a token that somebody acts with says nothing of the person', async (t) => {
  const standing = openStanding();
  standing.seen(human('bob', [], { actors: [{ id: 'bot', issuer: 'x' }] }));
  standing.seen(human('bob', [], { kind: 'agent' }));
  t.ok(standing.holds(approval));
});
