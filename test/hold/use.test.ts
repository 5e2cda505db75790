import t from 'tap';
import { approvePending, ask, bob, nextPending, site, useOf } from './desk-of.ts';
import { opening, specOf } from './opening.ts';
import { agent, human } from './people-of.ts';

const grant = { spec: specOf({ grant: { for: '15m', uses: 3 } }), grantKey: 'aa'.repeat(32) };

t.test('a grant is used so many times, by requests that differ in what is free, until it is revoked', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const first = ask(grant);
  const waiting = desk.present(first);
  await approvePending(desk);
  const { hold } = await waiting;
  await desk.consume(useOf(first, hold));
  const second = ask({ ...grant, digest: 'd2'.repeat(32) });
  const found = await desk.present(second);
  t.match(found, { state: 'granted', hold: { id: hold.id } });
  await desk.consume(useOf(second, found.hold));
  t.match(await desk.present(second), { state: 'admitted' }, 'Envoy asks again');
  await desk.consume(useOf(second, found.hold));
  t.same(log.transitions(), ['opened', 'approved', 'granted', 'consumed'], 'and it counts once');
  await t.rejects(desk.consume({ ...useOf(ask(), found.hold), grantKey: 'bb'.repeat(32) }), { code: 'hold_state' });

  t.match(await desk.grants(bob), [{ id: hold.id, grant: { used: 2, uses: 3 } }]);
  const revoked: string[] = [];
  desk.onRevoked((id) => revoked.push(id));
  await t.rejects(desk.revoke({ id: hold.id, approver: human('erin', ['x']), reason: null }), { code: 'forbidden' });
  await desk.revoke({ id: hold.id, approver: human('alice'), reason: 'my agent went astray' });
  t.same(revoked, [hold.id], 'the owner may stop their own agent');
  t.ok(await desk.isRevoked(hold.id));
  await t.rejects(desk.consume(useOf(ask(grant), found.hold)), { code: 'hold_state' });
  t.equal((await desk.present(ask({ ...grant, deadline: 0 }))).state, 'pending');
});

t.test('of many uses at once no more go on than the grant has', async (t) => {
  const { open } = site(t);
  const desk = await open();
  const first = ask(grant);
  const waiting = desk.present(first);
  await approvePending(desk);
  const { hold } = await waiting;
  const uses = Array.from({ length: 8 }, (_, n) => desk.consume({ ...useOf(first, hold), httpId: `s${n}` }));
  const done = await Promise.allSettled(uses);
  t.equal(done.filter(({ status }) => status === 'fulfilled').length, 3);
});

t.test('an approver who left the group since then does not count (threat 23)', async (t) => {
  const { open } = site(t);
  const desk = await open();
  const asked = ask();
  const waiting = desk.present(asked);
  await approvePending(desk);
  const { hold } = await waiting;
  desk.seen(human('bob', []));
  await t.rejects(desk.consume(useOf(asked, hold)), { code: 'hold_state', message: /no longer in the group/ });
  desk.seen(bob);
  await desk.consume(useOf(asked, hold));
});

t.test('the glass: its deviation first, then the step, so many times a day, over a restart', async (t) => {
  const { log, open } = site(t, { glassPerDay: 2 });
  const desk = await open();
  const breaking = (n: number) => ({
    opening: opening({ digest: `d${n}`.repeat(32) }, human('alice')),
    principal: human('alice'),
    httpId: `s${n}`,
    reason: 'down',
  });
  const hold = await desk.breakGlass(breaking(1));
  t.match(hold, { state: 'consumed', glass: true, approvals: [] });
  t.same(log.transitions(), ['opened', 'deviation', 'broke_glass']);
  t.match(log.entries[1], { what: 'break glass', hold: hold.id, by: { id: 'alice' } });
  t.equal((await desk.breakGlass(breaking(1))).id, hold.id, 'the same stream again');
  await desk.breakGlass(breaking(2));
  const next = await open();
  t.equal((await next.breakGlass(breaking(1))).id, hold.id, 'after a restart, too');
  await t.rejects(next.breakGlass(breaking(3)), { code: 'hold_limit' });
  await next.breakGlass({ ...breaking(4), opening: opening({}, agent({ id: 'other' })) });
});

t.test('news are for those who may see the hold', async (t) => {
  const { open } = site(t);
  const desk = await open();
  const heard: string[] = [];
  desk.watch(bob, ({ transition, hold }) => heard.push(`${transition} ${hold.state}`));
  desk.watch(human('erin', ['x']), () => t.fail('not of the group'));
  const asked = ask();
  const waiting = desk.present(asked);
  const view = await nextPending(desk);
  const decided = { id: view.id, approver: bob, shown: view, reason: null };
  await desk.approve(decided);
  await desk.withdraw({ ...decided, shown: await desk.show(view.id, bob) });
  await waiting;
  t.same(heard, ['opened pending', 'approved approved', 'retracted pending']);
});
