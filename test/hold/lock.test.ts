import t from 'tap';
import { openLock } from '../../plugin/hold/lock.ts';

t.test('one key, one task at a time, in order; a failure stops nobody', async (t) => {
  const lock = openLock();
  const seen: string[] = [];
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const first = lock('a', async () => {
    await gate;
    seen.push('first');
    throw new Error('no');
  });
  const second = lock('a', async () => seen.push('second'));
  await lock('b', async () => seen.push('beside'));
  letGo();
  await t.rejects(first, { message: 'no' });
  await second;
  t.same(seen, ['beside', 'first', 'second']);
});
