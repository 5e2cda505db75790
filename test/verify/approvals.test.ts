import t from 'tap';
import { selfApprovals, suffices } from '../../plugin/verify/approvals.ts';

const by = (id: string, groups: readonly string[], person?: string, issuer = 'idp') => ({
  version: 2,
  approver: { id, issuer, person },
  groups,
});
const dba = (count: number) => [{ group: 'dba', count }];
const both = [
  { group: 'dba', count: 1 },
  { group: 'security', count: 1 },
];

t.test('each place needs a person of its own', async (t) => {
  for (const [anyOf, approvals, enough] of [
    [[dba(1)], [], false],
    [[dba(1)], [by('ann', ['dba'])], true],
    [[dba(1)], [by('ann', ['security'])], false],
    [[dba(2)], [by('ann', ['dba'])], false],
    [[dba(2)], [by('ann', ['dba']), by('ann', ['dba'])], false],
    [[dba(2)], [by('ann', ['dba'], 'a@x'), by('ann-admin', ['dba'], 'a@x', 'other')], false],
    [[dba(2)], [by('ann', ['dba']), by('ann', ['dba'], undefined, 'other')], true],
    [[both], [by('ann', ['dba', 'security'])], false],
    [[both], [by('ann', ['dba', 'security']), by('bob', ['dba'])], true],
    [[both], [by('bob', ['dba']), by('ann', ['dba', 'security'])], true],
    [[both], [by('bob', ['dba']), by('ann', ['dba'])], false],
    [[dba(2), [{ group: 'security', count: 1 }]], [by('eve', ['security'])], true],
    [[], [by('ann', ['dba'])], false],
    [[[]], [by('ann', ['dba'])], false],
  ] as const)
    t.equal(suffices(anyOf, approvals), enough, JSON.stringify([anyOf, approvals]));
});

t.test('nobody of the asking side approves', async (t) => {
  const side = { id: 'agent', issuer: 'idp', actors: [{ id: 'ann', issuer: 'idp' }] };
  t.equal(selfApprovals(side, [by('agent', ['dba'])]).length, 1);
  t.equal(selfApprovals(side, [by('ann', ['dba'])]).length, 1);
  t.equal(selfApprovals(side, [by('bob', ['dba'])]).length, 0);
});
