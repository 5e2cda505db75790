import t from 'tap';
import { ask, bob, site } from './desk-of.ts';
import { specOf } from './opening.ts';
import { human } from './people-of.ts';

t.test('two approvers at once do not overshoot, and each decides on what they saw', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const { hold } = await desk.present(ask({ deadline: 0, spec: specOf({ approvals: [{ group: 'dba', count: 2 }] }) }));
  const { id, digest, version } = hold;
  const people = [bob, human('carol'), human('dave')];
  const say = (approver: typeof bob) => desk.approve({ id, approver, shown: { digest, version }, reason: null });
  const said = await Promise.allSettled(people.map(say));
  t.equal(said.filter(({ status }) => status === 'fulfilled').length, 1, 'the others saw an earlier version');
  t.match(await desk.show(id, bob), { state: 'pending', version: 2, needed: [[{ group: 'dba', count: 1 }]] });
  const missing = said.findIndex(({ status }) => status === 'rejected');
  const second = people[missing] ?? bob;
  t.match(await desk.approve({ id, approver: second, shown: { digest, version: 2 }, reason: 'fine' }), {
    state: 'approved',
    needed: [],
    approvals: [{ group: 'dba' }, { group: 'dba', reason: 'fine' }],
  });
  t.same(log.transitions(), ['opened', 'approved', 'approved']);
});
