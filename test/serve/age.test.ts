import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { watchAge } from '../../plugin/serve/age.ts';

t.test('a policy that nobody confirms is told of once, and again when that happens again', async (t) => {
  let checked = Date.now();
  let told = 0;
  let next = Promise.withResolvers<void>();
  const watch = watchAge({
    checked: () => checked,
    maxAge: 20,
    async aged(detail) {
      t.match(detail, /for 20 ms$/);
      told += 1;
      next.resolve();
    },
  });
  // The watch's own timer keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  t.equal(watch.stale, false);
  await next.promise;
  t.equal(watch.stale, true);
  await wait(100);
  t.equal(told, 1, 'once');
  next = Promise.withResolvers();
  checked = Date.now() + 50;
  t.equal(watch.stale, false);
  await next.promise;
  t.equal(told, 2);
  watch.close();
});
