import t from 'tap';
import { cooledAt, memory } from '../../plugin/hold/cooldown.ts';
import { ask, bob, nextPending, site } from './desk-of.ts';
import { agent } from './people-of.ts';

t.test('each rejection doubles the wait, a day at most', async (t) => {
  const at = (rejected: number, lastRejected: number | null = 1_000) => ({ rejected, lastRejected, glass: 0 });
  t.equal(cooledAt(at(0, null), 60_000), 0);
  t.equal(cooledAt(at(1), 60_000), 61_000);
  t.equal(cooledAt(at(3), 60_000), 241_000);
  t.equal(cooledAt(at(99), 60_000), 1_000 + memory);
  t.equal(cooledAt(at(3), 0), 0, 'none is configured');
});

t.test('another request of a rejected shape waits, of its asker alone (threat 22)', async (t) => {
  const { clock, open } = site(t, { cooldownMs: 60_000 });
  const desk = await open();
  await desk.present(ask({ deadline: 0 }));
  const { id, digest, version } = await nextPending(desk);
  await desk.reject({ id, approver: bob, shown: { digest, version }, reason: 'no' });
  const another = { deadline: 0, digest: 'd2'.repeat(32) };
  const error = await desk.present(ask(another)).catch((fault: unknown) => fault);
  t.match(error, { code: 'hold_limit', retryAfter: 60 });
  t.equal((await desk.present(ask({ ...another, shape: '00'.repeat(32) }))).state, 'pending', 'another shape');
  t.equal(
    (await desk.present(ask({ ...another, principal: agent({ id: 'other' }) }))).state,
    'pending',
    'another asker',
  );
  t.equal((await desk.present(ask({ deadline: 0 }))).state, 'rejected', 'the same request is told so');
  clock.ahead = 60_001;
  const { hold } = await desk.present(ask({ ...another, digest: 'd3'.repeat(32) }));
  t.match(await desk.show(hold.id, bob), { rejectedBefore: 1 });
});
