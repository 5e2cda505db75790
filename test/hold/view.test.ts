import t from 'tap';
import { approve } from '../../plugin/hold/hold.ts';
import { maySee, viewOf } from '../../plugin/hold/view.ts';
import { pendingHold, specOf } from './opening.ts';
import { agent, human } from './people-of.ts';

t.test('who may see a hold, and what bars them from deciding', async (t) => {
  const hold = pendingHold({ spec: specOf({ approvals: [{ group: 'dba', count: 2 }] }) });
  const next = approve(hold, { by: human('bob'), shown: { digest: hold.digest, version: 1 }, reason: null }, 1);
  const once = 'hold' in next ? next.hold : hold;
  for (const [name, viewer, sees, barred] of [
    ['a member of the group', human('carol'), true, null],
    ['who approved it', human('bob'), true, /approved it already/],
    ['the owner', human('alice', []), true, /side that asks/],
    ['who asks', agent(), true, /side that asks/],
    ['another', human('erin', ['auditors']), false, /none of them/],
    ['an agent of the group', agent({ id: 'bot', owner: null, groups: ['dba'] }), true, /only a human/],
  ] as const) {
    t.equal(maySee(once, viewer), sees, name);
    t.match(viewOf(once, viewer, 2), { barred, needed: [[{ group: 'dba', count: 1 }]], version: 2 }, name);
  }
  t.match(viewOf(once, human('carol'), once.expires), { barred: /^the hold is/ }, 'out of time');
});

t.test('no view shows what the row alone needs', async (t) => {
  const view = JSON.stringify(viewOf(pendingHold(), human('bob'), 1));
  t.notMatch(view, /nonce|seen|httpId/);
});
