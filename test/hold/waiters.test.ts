import t from 'tap';
import { openWaiters } from '../../plugin/hold/waiters.ts';

const far = () => ({ deadline: Date.now() + 60_000, signal: new AbortController().signal });

t.test('a wait ends once: woken, out of time, gone, or closing', async (t) => {
  const waiters = openWaiters(Date.now);
  const [one, two] = [waiters.join('a', far()), waiters.join('a', far())];
  t.equal(waiters.count('a'), 2);
  waiters.wake('a');
  t.same(await Promise.all([one, two]), ['woken', 'woken']);
  t.equal(waiters.count('a'), 0);

  t.equal(await waiters.join('a', { ...far(), deadline: Date.now() - 1 }), 'deadline');

  const caller = new AbortController();
  const [left, stays] = [waiters.join('a', { ...far(), signal: caller.signal }), waiters.join('a', far())];
  caller.abort();
  t.equal(await left, 'gone');
  t.equal(waiters.count('a'), 1, 'another still waits');
  t.equal(await waiters.join('a', { ...far(), signal: caller.signal }), 'gone', 'gone before it came');

  waiters.close();
  t.equal(await stays, 'closing');
});
