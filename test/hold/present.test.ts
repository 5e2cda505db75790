import t from 'tap';
import { ask, bob, nextPending, site } from './desk-of.ts';

t.test('two processes that open the same hold at once have one', async (t) => {
  const { log, open } = site(t);
  const [one, two] = [await open(), await open()];
  const outcomes = await Promise.all([one, two, one, two].map((desk) => desk.present(ask({ deadline: 0 }))));
  t.equal(new Set(outcomes.map(({ hold }) => hold.id)).size, 1);
  t.same(log.transitions(), ['opened']);
});

t.test('whoever waits with another hears of one verdict', async (t) => {
  const { open } = site(t);
  const desk = await open();
  const waiting = [ask(), ask(), ask()].map((one) => desk.present(one));
  const { id, digest, version } = await nextPending(desk);
  await desk.reject({ id, approver: bob, shown: { digest, version }, reason: 'no' });
  t.same(
    (await Promise.all(waiting)).map(({ state }) => state),
    ['rejected', 'rejected', 'rejected'],
  );
});

t.test('a hold is of a request and an asker: no stream id finds another’s', async (t) => {
  const { open } = site(t);
  const desk = await open();
  const first = await desk.present(ask({ deadline: 0, httpId: 'same' }));
  const other = await desk.present(ask({ deadline: 0, httpId: 'same', digest: 'd2'.repeat(32) }));
  t.not(first.hold.id, other.hold.id);
});
