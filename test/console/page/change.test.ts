import t from 'tap';
import { changesOf, sentence } from '../../../plugin/console/page/change.ts';
import { viewAs } from './views-of.ts';

const issuer = 'https://idp.example.com';
const dave = { approver: { id: 'dave', issuer, person: null }, group: 'security', reason: null, at: 5 };

t.test('what changed is said in sentences', async (t) => {
  const shown = viewAs();
  for (const [name, now, said] of [
    ['nothing', {}, []],
    ['an approval', { version: 2, approvals: [dave] }, ['dave approved it for security.']],
    ['another request', { digest: 'e'.repeat(64) }, ['The request itself is another one.']],
    ['used', { version: 3, state: 'consumed' }, ['It is now consumed.']],
    [
      'rejected',
      { version: 2, state: 'rejected', rejection: { approver: dave.approver, reason: 'no', at: 1 } },
      ['It is now rejected by dave: no.'],
    ],
    ['barred', { version: 2, barred: 'you have approved it already' }, ['You have approved it already.']],
    ['the version alone', { version: 4 }, ['It went from version 1 to 4.']],
  ] as const)
    t.same(changesOf(shown, viewAs(now)), said, name);
});

t.test('an approval that is taken back is a change, one that a closed hold no longer tells of is none', async (t) => {
  const shown = viewAs({ version: 2, approvals: [dave] });
  t.same(changesOf(shown, viewAs({ version: 3 })), ['dave took their approval back.']);
  t.same(changesOf(shown, viewAs({ version: 3, state: 'expired' })), ['It is now expired.']);
});

t.test('a grant that was used', async (t) => {
  const grant = { forMs: 1, uses: 9, match: 'exact', free: [], used: 1 } as const;
  t.same(changesOf(viewAs({ grant }), viewAs({ version: 2, grant: { ...grant, used: 3 } })), [
    'It was used 2 more times.',
  ]);
  t.equal(sentence('it'), 'It');
});
