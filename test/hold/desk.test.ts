import t from 'tap';
import { approvePending, ask, bob, nextPending, site, useOf } from './desk-of.ts';
import { specOf } from './opening.ts';
import { agent, human } from './people-of.ts';

t.test('a request waits, is approved by another person, and goes on once', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const asked = ask();
  const waiting = desk.present(asked);
  const view = await nextPending(desk);
  t.match(view, {
    state: 'pending',
    barred: null,
    needed: [[{ group: 'dba', count: 1 }]],
    justification: 'cleaning up',
  });
  t.match(await approvePending(desk), { state: 'approved' });
  const outcome = await waiting;
  t.match(outcome, {
    state: 'approved',
    hold: { id: view.id, approvals: [{ approver: { id: 'bob' }, group: 'dba' }] },
  });
  t.ok(desk.meets(outcome.hold, specOf()));
  t.notOk(desk.meets(outcome.hold, specOf({ approvals: [{ group: 'dba', count: 2 }] })), 'a stricter hold');

  const { receipt } = await desk.consume(useOf(asked, outcome.hold));
  t.same(log.transitions(), ['opened', 'approved', 'consumed']);
  t.match(log.entries[receipt.seq], { hold: view.id, transition: 'consumed', version: 3, stream: asked.httpId });
  t.match(log.entries[1], { approver: { id: 'bob', person: 'bob@example.com' }, group: 'dba', groups: ['dba'] });

  await t.rejects(desk.consume({ ...useOf(asked, outcome.hold), httpId: 'other' }), { code: 'hold_state' });
  const anew = await desk.present(ask({ deadline: 0 }));
  t.equal(anew.state, 'pending', 'the same request again is held anew');
  t.not(anew.hold.id, view.id);
});

t.test('nothing is seen before its entry is durable', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  log.before = async (event) => {
    if (event.kind !== 'hold') return;
    const { transition } = event.body;
    if (transition === 'opened') t.same(await desk.list(bob), [], 'opened: not listed yet');
    if (transition === 'approved') t.notOk(answered, 'approved: not told yet');
    if (transition === 'consumed') t.notOk(admitted, 'consumed: not admitted yet');
  };
  let [answered, admitted] = [false, false];
  const asked = ask();
  const waiting = desk.present(asked).finally(() => {
    answered = true;
  });
  await approvePending(desk);
  const { hold } = await waiting;
  await desk.consume(useOf(asked, hold)).finally(() => {
    admitted = true;
  });
  t.same(log.transitions(), ['opened', 'approved', 'consumed']);
});

t.test('a wait that runs out becomes a ticket, by which the same request finds its hold', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const first = await desk.present(ask({ deadline: Date.now() + 5 }));
  t.equal(first.state, 'pending');
  t.equal((await desk.present(ask({ deadline: 0 }))).hold.id, first.hold.id);
  t.not((await desk.present(ask({ deadline: 0, digest: 'd2'.repeat(32) }))).hold.id, first.hold.id);
  t.not((await desk.present(ask({ deadline: 0, principal: agent({ id: 'other' }) }))).hold.id, first.hold.id);
  const { id, digest, version } = first.hold;
  await desk.approve({ id, approver: bob, shown: { digest, version }, reason: null });
  t.match(await desk.present(ask()), { state: 'approved', hold: { id } });
  t.same(log.transitions(), ['opened', 'opened', 'opened', 'approved']);
});

t.test('two uses at once: one wins', async (t) => {
  const { open } = site(t);
  const [desk, other] = [await open(), await open()];
  const asked = ask();
  const waiting = desk.present(asked);
  await approvePending(desk);
  const { hold } = await waiting;
  const uses = await Promise.allSettled(
    [desk, desk, other].map((one, n) => one.consume({ ...useOf(asked, hold), httpId: `s${n}` })),
  );
  t.equal(uses.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const use of uses) if (use.status === 'rejected') t.match(use.reason, { code: 'hold_state' });
});

t.test('the stream that used it gets the same answer again for 120 s, nobody else does', async (t) => {
  const { clock, log, open } = site(t);
  const desk = await open();
  const asked = ask();
  const waiting = desk.present(asked);
  await approvePending(desk);
  const { hold } = await waiting;
  const { receipt } = await desk.consume(useOf(asked, hold));
  const restarted = await open();
  const repeated = await restarted.present(asked);
  t.match(repeated, { state: 'admitted', hold: { id: hold.id } });
  t.same((await restarted.consume(useOf(asked, repeated.hold))).receipt, receipt);
  t.equal(log.transitions().filter((one) => one === 'consumed').length, 1);
  t.equal((await restarted.present({ ...asked, httpId: 'other', deadline: 0 })).state, 'pending');
  clock.ahead = 121_000;
  t.equal((await restarted.present({ ...asked, deadline: 0 })).state, 'pending');
});

t.test('a rejection ends the wait, and is final for that request until the ticket expires', async (t) => {
  const { clock, log, open } = site(t);
  const desk = await open();
  const waiting = desk.present(ask());
  const { id, digest, version } = await nextPending(desk);
  const shown = { digest, version };
  await t.rejects(desk.reject({ id, approver: bob, shown, reason: null }), { code: 'usage' });
  await desk.reject({ id, approver: bob, shown, reason: 'not today' });
  t.match(await waiting, { state: 'rejected', hold: { rejection: { reason: 'not today' }, display: null } });
  t.equal((await desk.present(ask())).state, 'rejected', 'at once');
  clock.ahead = 1_800_001;
  t.equal((await desk.present(ask({ deadline: 0 }))).state, 'pending');
  t.same(log.transitions(), ['opened', 'rejected', 'opened']);
});

t.test('a caller who hangs up withdraws, the last of them', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const [one, two] = [new AbortController(), new AbortController()];
  const first = desk.present(ask({ signal: one.signal }));
  await nextPending(desk);
  const second = desk.present(ask({ signal: two.signal }));
  // A round through the hold's lock: the second waits in line now.
  await desk.show((await nextPending(desk)).id, bob);
  one.abort();
  t.equal((await first).state, 'pending', 'another still waits');
  two.abort();
  t.equal((await second).state, 'withdrawn');
  t.same(await desk.list(bob), []);
  t.same(log.transitions(), ['opened', 'withdrawn']);
  await t.rejects(desk.present(ask({ signal: AbortSignal.abort() })), { code: 'cancelled' });
  t.same(log.transitions(), ['opened', 'withdrawn'], 'who is gone opens nothing');
});

t.test('our own end is no withdrawal: those who wait get their ticket, and the hold is there again', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const caller = new AbortController();
  const asked = ask({ signal: caller.signal });
  const waiting = desk.present(asked);
  const { id } = await nextPending(desk);
  desk.drain();
  caller.abort();
  t.match(await waiting, { state: 'pending', hold: { id } });
  await desk.close();

  const next = await open();
  const resumed = next.present({ ...asked, signal: new AbortController().signal });
  await approvePending(next);
  t.match(await resumed, { state: 'approved', hold: { id } });
  t.same(log.transitions(), ['opened', 'approved']);
});

t.test('tickets and approvals expire by themselves', async (t) => {
  const { log, open, clock } = site(t);
  const desk = await open();
  const waiting = desk.present(ask({ spec: specOf({ expires: '1s' }) }));
  t.match(await waiting, { state: 'expired' });

  const asked = ask({ spec: specOf({ valid_for: '1s' }) });
  const held = desk.present(asked);
  await approvePending(desk);
  const { hold } = await held;
  clock.ahead = 1_001;
  await t.rejects(desk.consume(useOf(asked, hold)), { code: 'hold_state' });
  t.ok(log.transitions().includes('expired'));
});

t.test('nobody approves for themselves, unseen, or unentitled', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const { hold } = await desk.present(ask({ deadline: 0 }));
  const shown = { digest: hold.digest, version: hold.version };
  for (const [approver, code] of [
    [agent({ groups: ['dba'] }), 'hold_self'],
    [human('alice'), 'hold_self'],
    [human('erin', ['auditors']), 'forbidden'],
  ] as const) {
    await t.rejects(desk.approve({ id: hold.id, approver, shown, reason: null }), { code });
    await t.rejects(desk.reject({ id: hold.id, approver, shown, reason: 'no' }), { code });
  }
  await t.rejects(desk.approve({ id: hold.id, approver: bob, shown: { ...shown, version: 2 }, reason: null }), {
    code: 'hold_state',
  });
  await t.rejects(desk.approve({ id: 'h_none', approver: bob, shown, reason: null }), { code: 'hold_unknown' });
  t.same(await desk.list(human('erin', ['auditors'])), []);
  await t.rejects(desk.show(hold.id, human('erin', ['auditors'])), { code: 'forbidden' });
  t.match(await desk.show(hold.id, human('alice')), { barred: /the side that asks/ });
  t.same(log.transitions(), ['opened'], 'refusals change nothing');
});

t.test('a flood can not fill the desk', async (t) => {
  const { limits, open } = site(t);
  limits.pendingPerPrincipal = 2;
  limits.pending = 3;
  const desk = await open();
  const flood = (n: number, id = 'a') =>
    desk.present(ask({ deadline: 0, digest: `${n}`.repeat(64), principal: agent({ id }) }));
  await flood(1);
  await flood(2);
  await t.rejects(flood(3), { code: 'hold_limit' });
  await flood(4, 'b');
  await t.rejects(flood(5, 'c'), { code: 'hold_limit' });
  t.equal((await flood(1)).state, 'pending', 'those that wait are found');
});

t.test('a log that fails lets nothing through, and what it missed is entered later', async (t) => {
  const { log, open } = site(t);
  const desk = await open();
  const asked = ask();
  const waiting = desk.present(asked);
  const { id, digest, version } = await nextPending(desk);
  log.broken = true;
  const approval = { id, approver: bob, shown: { digest, version }, reason: null };
  await t.rejects(desk.approve(approval), { code: 'audit_broken' });
  log.broken = false;
  t.match(await desk.show(id, bob), { state: 'pending', approvals: [], version: 3 });
  t.same(log.transitions(), ['opened', 'approved', 'revoked']);
  await desk.approve({ ...approval, shown: { digest, version: 3 } });
  t.equal((await waiting).state, 'approved');
});

t.test('nobody that is not identified is held', async (t) => {
  const desk = await site(t).open();
  await t.rejects(desk.present(ask({ principal: agent({ method: 'none' }) })), { code: 'hold_impossible' });
});
