import t from 'tap';
import { asksItself, chainOf, hostOf, initials, nameOf, neededText } from '../../../plugin/console/page/people.ts';
import { viewAs } from './views-of.ts';

const issuer = 'https://idp.example.com';

t.test('who asks through whom, from the human on', async (t) => {
  const actors = [
    { id: 'outer', issuer },
    { id: 'inner', issuer },
  ];
  const asker = { id: 'agent', issuer, kind: 'agent', owner: 'alice@example.com', actors } as const;
  t.same(
    chainOf({ asker }).map(({ role, id }) => `${role} ${id}`),
    ['owns alice@example.com', 'asks agent', 'acts inner', 'acts outer'],
  );
  t.same(chainOf({ asker: { ...asker, owner: null, actors: [] } }).length, 1);
});

t.test('names', async (t) => {
  t.equal(nameOf({ id: 'b', person: 'bob@example.com' }), 'bob@example.com');
  t.equal(nameOf({ id: 'b', person: null }), 'b');
  t.equal(nameOf(null), 'unknown');
  t.same(['alice@example.com', 'reporting-agent', 'kim van dam', '', '\u{1f600}'].map(initials), [
    'A',
    'RA',
    'KD',
    '?',
    '?',
  ]);
  t.equal(hostOf(issuer), 'idp.example.com');
  t.equal(hostOf('spiffe'), 'spiffe');
});

t.test('what is needed, in words', async (t) => {
  const dba = { group: 'dba', count: 2 };
  const security = { group: 'security', count: 1 };
  t.equal(neededText([[dba, security], [{ group: 'board', count: 1 }]]), '2 of dba and 1 of security, or 1 of board');
});

t.test('the asking side is told', async (t) => {
  const { asker } = viewAs();
  const viewer = { id: 'x', issuer, name: 'x', groups: [], kind: 'human' };
  t.equal(asksItself({ asker }, { viewer }), false);
  t.equal(asksItself({ asker }, { viewer: { ...viewer, id: asker.id } }), true);
  t.equal(asksItself({ asker }, { viewer: { ...viewer, id: asker.id, issuer: 'https://other.example.com' } }), false);
  t.equal(asksItself({ asker }, { viewer: { ...viewer, email: 'alice@example.com' } }), true, 'the owner');
  t.equal(asksItself({ asker: { ...asker, actors: [{ id: 'x', issuer }] } }, { viewer }), true, 'an actor');
});
