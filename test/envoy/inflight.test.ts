import t from 'tap';
import { openInFlight } from '../../plugin/envoy/inflight.ts';

t.test('a drain waits for what was allowed', async (t) => {
  const inFlight = openInFlight();
  inFlight.released('the first response that came by');
  inFlight.allowed('a');
  inFlight.allowed('b');
  let over = false;
  const settling = inFlight.settle(60_000).then(() => {
    over = true;
  });
  t.equal(inFlight.draining, true);
  inFlight.released('a');
  await new Promise(setImmediate);
  t.equal(over, false);
  inFlight.released('b');
  await settling;
  t.equal(over, true);
});

t.test('it waits no longer than it was told, and not at all for nothing', async (t) => {
  const inFlight = openInFlight();
  inFlight.allowed('by an Envoy without ext_proc');
  await inFlight.settle(60_000);
  inFlight.released('the first response that came by');
  inFlight.allowed('left before its response');
  await inFlight.settle(1);
  t.equal(inFlight.draining, true);
});
