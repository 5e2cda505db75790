import fc from 'fast-check';
import t from 'tap';
import { groupFor, isMet, lacking } from '../../plugin/hold/requirement.ts';
import type { Requirement } from '../../plugin/hold/spec.ts';

const dba = (count: number): Requirement => ({ group: 'dba', count });
const security = (count: number): Requirement => ({ group: 'security', count });
const voices = (...groups: string[][]) => groups.map((one) => ({ groups: one }));

t.test('one person counts once, in one group', async (t) => {
  for (const [name, anyOf, given, met] of [
    ['one of one', [[dba(1)]], voices(['dba']), true],
    ['one of two', [[dba(2)]], voices(['dba']), false],
    ['a person in both groups is not two', [[dba(1), security(1)]], voices(['dba', 'security']), false],
    ['two persons', [[dba(1), security(1)]], voices(['dba', 'security'], ['dba']), true],
    ['the other way round', [[dba(1), security(1)]], voices(['dba'], ['dba', 'security']), true],
    ['one of several lists', [[dba(3)], [security(1)]], voices(['security']), true],
    ['half of each list is none', [[dba(2)], [security(2)]], voices(['dba'], ['security']), false],
    ['more than needed', [[dba(1)]], voices(['dba'], ['dba']), true],
    ['a group listed twice', [[dba(1), dba(1)]], voices(['dba']), false],
  ] as const)
    t.equal(isMet(anyOf, given), met, name);
});

t.test('what is lacking, and where one more voice counts', async (t) => {
  const list = [[dba(2), security(1)]];
  t.same(lacking(list, voices(['dba'])), [
    [
      { group: 'dba', count: 1 },
      { group: 'security', count: 1 },
    ],
  ]);
  t.equal(groupFor(list, voices(['dba']), { groups: ['dba'] }), 'dba');
  t.equal(groupFor(list, voices(['dba'], ['dba']), { groups: ['dba'] }), null, 'a group that is full');
  t.equal(groupFor(list, voices(['dba'], ['dba']), { groups: ['dba', 'security'] }), 'security');
  t.equal(groupFor(list, [], { groups: ['board'] }), null);
});

/** Tries every assignment. */
function metByTrying(list: readonly Requirement[], given: readonly { groups: readonly string[] }[]): boolean {
  const places = list.flatMap(({ group, count }) => Array.from({ length: count }, () => group));
  const go = (at: number, used: ReadonlySet<number>): boolean =>
    at === places.length ||
    given.some(
      (voice, i) => !used.has(i) && voice.groups.includes(places[at] ?? '') && go(at + 1, new Set([...used, i])),
    );
  return go(0, new Set());
}

t.test('the matching agrees with trying every assignment', async () => {
  const group = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(
      fc.array(fc.record({ group, count: fc.integer({ min: 1, max: 2 }) }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ groups: fc.uniqueArray(group) }), { maxLength: 5 }),
      (list, given) => isMet([list], given) === metByTrying(list, given),
    ),
  );
});
