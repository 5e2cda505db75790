import t from 'tap';
import { approvePending, ask, bob, nextPending, site, useOf } from './desk-of.ts';
import { agent, human } from './people-of.ts';

t.test('closed holds are listed with the names of the log, stripped or not', async (t) => {
  const { clock, open } = site(t);
  const desk = await open();
  const asked = ask();
  const waiting = desk.present(asked);
  await approvePending(desk);
  const { hold } = await waiting;
  await desk.consume(useOf(asked, hold));
  await desk.present(ask({ deadline: 0, digest: 'd2'.repeat(32) }));
  const { id, digest, version } = await nextPending(desk);
  t.match(await desk.earlier(id, bob), [{ id: hold.id, state: 'consumed' }], 'of that shape');
  await desk.reject({ id, approver: bob, shown: { digest, version }, reason: 'no' });

  const expected = [
    { id, state: 'rejected', steps: [{ transition: 'opened' }, { transition: 'rejected', by: { id: 'bob' } }] },
    {
      id: hold.id,
      state: 'consumed',
      asker: { id: 'reporting-agent' },
      steps: [{ transition: 'opened' }, { transition: 'approved', by: { id: 'bob' } }, { transition: 'consumed' }],
    },
  ];
  t.match(await desk.history(bob), expected);
  t.match(await desk.history(agent()), expected, 'who asked sees it, too');
  t.same(await desk.history(human('erin', ['auditors'])), []);
  const [, older] = await desk.history(bob);
  t.same(await desk.history(bob, { before: older?.n ?? 0 }), []);
  t.equal((await desk.history(bob, { limit: 1 })).length, 1);
  await desk.close();
  clock.ahead = 7_200_000;
  const later = await open();
  await later.present(ask({ deadline: 0, digest: 'd3'.repeat(32) }));
  t.match(await later.history(bob), expected);
});
