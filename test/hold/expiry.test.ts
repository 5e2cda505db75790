import t from 'tap';
import { openExpiry } from '../../plugin/hold/expiry.ts';

/** The timer is unref'd: the test keeps the loop alive. */
const alive = setInterval(() => {}, 1_000);
t.teardown(() => clearInterval(alive));

t.test('sweeps when something is due, and again when the sweep says so', async (t) => {
  const sweeps: number[] = [];
  await new Promise<void>((resolve) => {
    const expiry = openExpiry(Date.now, async () => {
      sweeps.push(Date.now());
      if (sweeps.length === 2) resolve();
      return sweeps.length === 1 ? Date.now() + 5 : null;
    });
    expiry.at(Date.now() + 60_000);
    expiry.at(Date.now() + 5);
  });
  t.equal(sweeps.length, 2);
});

t.test('stopped, it never sweeps, and waits for the one that runs', async (t) => {
  let ended = false;
  let begun = () => {};
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const expiry = openExpiry(Date.now, async () => {
    begun();
    await new Promise((resolve) => setImmediate(resolve));
    ended = true;
    return Date.now();
  });
  expiry.at(Date.now());
  await running;
  await expiry.stop();
  t.ok(ended);
});
