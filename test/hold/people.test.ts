import t from 'tap';
import { relation, relationToAsker } from '../../plugin/hold/people.ts';
import { agent, human } from './people-of.ts';

const other = 'https://saml.example.com';

t.test('nobody of the asking side may approve, whatever account they use (threat 5)', async (t) => {
  const alice = human('alice');
  for (const [name, asker, approver, expected] of [
    ['the same account', alice, alice, 'same'],
    ['another person', alice, human('bob'), 'other'],
    ['a second account of one person', alice, human('alice-admin', [], { person: 'alice@example.com' }), 'same'],
    [
      'the same person at another issuer',
      alice,
      human('u17', [], { issuer: other, person: 'Alice@Example.com' }),
      'same',
    ],
    [
      'another person at another issuer',
      alice,
      human('u18', [], { issuer: other, person: 'bob@example.com' }),
      'other',
    ],
    ['the owner of the agent', agent(), alice, 'same'],
    ['the owner, known by id', agent({ owner: 'alice' }), human('alice', [], { person: null }), 'same'],
    ['another than the owner', agent(), human('bob'), 'other'],
    ['an owner, an approver who names no person', agent(), human('bob', [], { person: null }), 'unknown'],
    [
      'an actor',
      human('dora', [], { actors: [{ id: 'tool', issuer: other }] }),
      human('tool', [], { issuer: other }),
      'same',
    ],
    [
      'a person in the act chain',
      agent({ owner: null, actors: [{ id: 'bob@example.com', issuer: other }] }),
      human('bob'),
      'same',
    ],
    ['an issuer without persons, its own', human('a', [], { person: null }), human('b', [], { person: null }), 'other'],
    ['an issuer without persons, another', alice, human('b', [], { issuer: other, person: null }), 'unknown'],
    ['asked by nobody known', human('a', [], { issuer: other, person: null }), human('bob'), 'unknown'],
    ['a workload, another issuer with persons', agent({ owner: null, issuer: other }), human('bob'), 'other'],
    ['a workload, another without', agent({ owner: null }), human('b', [], { issuer: other, person: null }), 'unknown'],
  ] as const)
    t.equal(relationToAsker(asker, approver), expected, name);
});

t.test('one human is one voice', async (t) => {
  const bob = human('bob');
  for (const [name, approver, expected] of [
    ['the same account', bob, 'same'],
    ['the same person elsewhere', human('b', [], { issuer: other, person: 'bob@example.com' }), 'same'],
    ['wide letters', human('b', [], { issuer: other, person: 'ｂob@example.com' }), 'same'],
    ['another', human('carol'), 'other'],
    ['nobody known elsewhere', human('carol', [], { issuer: other, person: null }), 'unknown'],
    ['nobody known here', human('carol', [], { person: null }), 'unknown'],
  ] as const) {
    t.equal(relation(bob, approver), expected, name);
    t.equal(relation(approver, bob), expected, `${name}, the other way round`);
  }
});
