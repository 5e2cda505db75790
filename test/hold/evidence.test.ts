import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import type { HoldRecord } from '../../plugin/hold/record.ts';
import { approvePending, ask, bob, nextPending, site, useOf } from './desk-of.ts';
import { specOf } from './opening.ts';
import { human } from './people-of.ts';

/** What somebody who can write the store's file does: an UPDATE of the row. */
function edit(file: string, id: string, change: (hold: HoldRecord) => object, columns = ''): void {
  const db = new DatabaseSync(file);
  const { record } = db.prepare('SELECT record FROM holds WHERE id = ?').get(id) as { record: string };
  const altered = JSON.stringify({ ...(JSON.parse(record) as HoldRecord), ...change(JSON.parse(record)) });
  db.prepare(`UPDATE holds SET record = ? ${columns} WHERE id = ?`).run(altered, id);
  db.close();
}

const forged = {
  version: 2,
  approver: { id: 'bob', issuer: bob.issuer, person: bob.person },
  groups: ['dba'],
  group: 'dba',
  reason: null,
  at: 0,
};
const asApproved = ", state = 'approved', version = 2";

async function approvedHold(t: Test) {
  const place = site(t);
  const desk = await place.open();
  const asked = ask();
  const waiting = desk.present(asked);
  await approvePending(desk);
  const { hold } = await waiting;
  return { ...place, desk, asked, hold };
}

t.test('an approval that was written into the store is refused and reported (threat 6)', async (t) => {
  const { file, log, open } = site(t);
  const desk = await open();
  const asked = ask({ deadline: 0 });
  const { hold } = await desk.present(asked);
  const approved = () => ({ state: 'approved', version: 2, approvals: [forged], validUntil: Date.now() + 60_000 });
  edit(file, hold.id, approved, asApproved);
  await t.rejects(desk.consume(useOf(asked, { ...hold, version: 2 })), { code: 'hold_state', message: /audit log/ });
  await t.rejects(desk.present(ask()), { code: 'hold_state', message: /audit log/ });

  const db = new DatabaseSync(file);
  db.prepare('INSERT INTO outbox (hold, version, receipt) VALUES (?, 2, ?)').run(
    hold.id,
    JSON.stringify({ origin: 'e1.test.example', seq: 0, digest: '' }),
  );
  db.close();
  await t.rejects(
    desk.consume(useOf(asked, { ...hold, version: 2 })),
    { code: 'hold_state' },
    'an entry of another kind',
  );
  t.equal(log.transitions().filter((one) => one === 'deviation').length, 3);
  t.notOk(log.transitions().includes('consumed'));
});

t.test('an approved hold can not be given another meaning', async (t) => {
  for (const [name, change] of [
    ['another request', () => ({ digest: 'd2'.repeat(32) })],
    ['another asker', (hold: HoldRecord) => ({ asker: { ...hold.asker, id: 'mallory' } })],
    ['weaker requirements', () => ({ spec: specOf({ approvals: [{ group: 'dba' }], valid_for: '720h' }) })],
    [
      'another approver',
      (hold: HoldRecord) => ({ approvals: [{ ...hold.approvals[0], approver: { ...forged.approver, id: 'x' } }] }),
    ],
    ['other groups', (hold: HoldRecord) => ({ approvals: [{ ...hold.approvals[0], groups: ['dba', 'board'] }] })],
    ['another approver’s version', (hold: HoldRecord) => ({ approvals: [{ ...hold.approvals[0], version: 1 }] })],
  ] as const) {
    const { file, log, desk, asked, hold } = await approvedHold(t);
    edit(file, hold.id, change);
    await t.rejects(desk.consume(useOf(asked, hold)), { code: 'hold_state' }, name);
    t.equal(log.transitions().at(-1), 'deviation', `${name}: reported`);
  }
});

t.test('an approval that has ended does not come back with a later date', async (t) => {
  const { file, clock, desk, asked, hold } = await approvedHold(t);
  edit(file, hold.id, () => ({ validUntil: Date.now() + 86_400_000 }), ', due = 9999999999999');
  clock.ahead = 600_001;
  await t.rejects(desk.consume(useOf(asked, hold)), { code: 'hold_state', message: /have ended/ });
});

t.test('a used approval does not come back when its row is set back, not after a restart either', async (t) => {
  const { file, log, desk, asked, hold, open } = await approvedHold(t);
  await desk.consume(useOf(asked, hold));
  edit(file, hold.id, () => hold, ", state = 'approved', version = 2, live = 1");
  await t.rejects(desk.consume({ ...useOf(asked, hold), httpId: 'other' }), { code: 'hold_state' });
  await t.rejects(desk.present(ask()), { code: 'hold_state' });
  await new Promise((resolve) => setTimeout(resolve, 2));
  const restarted = await open();
  await t.rejects(restarted.consume({ ...useOf(asked, hold), httpId: 'other' }), {
    code: 'hold_state',
    message: /consumed/,
  });
  t.equal(log.transitions().filter((one) => one === 'consumed').length, 1);
});

t.test('a use that was written into the store admits nobody', async (t) => {
  const { file, log, open } = site(t);
  const desk = await open();
  const asked = ask({ deadline: 0 });
  const { hold } = await desk.present(asked);
  const used = () => ({ state: 'consumed', version: 2, consumed: { httpId: asked.httpId, at: Date.now() } });
  edit(file, hold.id, used, ", state = 'consumed', version = 2, live = 0");
  t.equal((await desk.present(asked)).state, 'pending', 'it is held anew');
  await t.rejects(desk.consume(useOf(asked, { ...hold, version: 2 })), { code: 'hold_state' });
  t.notOk(log.transitions().includes('consumed'));
});

t.test('what an approver is shown is what was asked', async (t) => {
  const { file, log, open } = site(t);
  const desk = await open();
  const { hold } = await desk.present(ask({ deadline: 0 }));
  edit(file, hold.id, () => ({ display: { method: 'GET', path: '/harmless' } }));
  await t.rejects(desk.show(hold.id, bob), { code: 'hold_state' });
  const shown = { digest: hold.digest, version: hold.version };
  await t.rejects(desk.approve({ id: hold.id, approver: bob, shown, reason: null }), { code: 'hold_state' });
  t.same(log.transitions(), ['opened', 'deviation', 'deviation']);
});

t.test('an approval that was written into the outbox is not signed as anybody’s', async (t) => {
  const { file, log, open } = site(t);
  const desk = await open();
  const asked = ask({ deadline: 0 });
  const { hold } = await desk.present(asked);
  await desk.close();
  const approved = () => ({ state: 'approved', version: 2, approvals: [forged], validUntil: Date.now() + 60_000 });
  edit(file, hold.id, approved, asApproved);
  const db = new DatabaseSync(file);
  const event = {
    kind: 'hold',
    exchange: hold.exchange,
    principal: { id: 'reporting-agent', issuer: bob.issuer, groups: [], actors: [] },
    policyDigest: hold.policyDigest,
    body: {
      hold: hold.id,
      version: 2,
      transition: 'approved',
      approver: forged.approver,
      group: 'dba',
      groups: ['dba'],
    },
    committed: {},
  };
  db.prepare('INSERT INTO outbox (hold, version, event) VALUES (?, 2, ?)').run(hold.id, JSON.stringify(event));
  db.close();
  const next = await open();
  t.match(await nextPending(next), { id: hold.id, state: 'pending', approvals: [] });
  t.match(log.entries.at(-2), { kind: 'deviation', what: 'hold without evidence', hold: hold.id });
  t.same(log.transitions(), ['opened', 'deviation', 'revoked'], 'what the row said is not entered at all');
  await t.rejects(next.consume(useOf(asked, { ...hold, version: 2 })), { code: 'hold_state' });
  t.match(
    await next.approve({
      id: hold.id,
      approver: human('carol'),
      shown: { digest: hold.digest, version: 3 },
      reason: null,
    }),
    {
      state: 'approved',
    },
  );
});
