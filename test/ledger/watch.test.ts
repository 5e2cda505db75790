import t from 'tap';
import type { DecisionFacts, ResponseFacts } from '../../plugin/audit/event.ts';
import { openWatch } from '../../plugin/ledger/watch.ts';
import { agent } from '../hold/people-of.ts';

const denied = (over: Partial<DecisionFacts> = {}) =>
  ({ principal: agent(), rule: 'x', reason: '', ...over }) as DecisionFacts;

t.test('denials of one principal in a row, and each doubling', async (t) => {
  const watch = openWatch(3);
  const counts = Array.from({ length: 13 }, () => watch.denied(denied())?.count ?? 0).filter((count) => count > 0);
  t.same(counts, [3, 6, 12]);
  watch.denied(denied({ principal: agent({ id: 'other' }) }));
  watch.allowed(denied());
  t.equal(watch.denied(denied()), null, 'an allow begins a new row');
  for (let n = 0; n < 9; n += 1) t.equal(watch.denied(denied({ principal: agent({ method: 'none' }) })), null);
});

t.test('a fault of the policy, and a mask that could not be done, once a minute with their count', async (t) => {
  let now = 0;
  const watch = openWatch(99, () => now);
  const fault = denied({ rule: null, reason: 'policy_error: no rule gave a value' });
  t.match(watch.denied(fault), { what: 'policy error', count: 1 });
  t.equal(watch.denied(denied({ rule: 'countersign/policy_error' })), null);
  now = 60_000;
  t.match(watch.denied(fault), { count: 2 });
  t.equal(watch.denied(denied({ reason: 'policy_error: said by the policy itself' })), null);
  const response = { outcome: 'refused', detail: 'mask_impossible' } as ResponseFacts;
  t.match(watch.responded(response), { what: 'masking failure', detail: 'mask_impossible' });
  t.equal(watch.responded({ ...response, outcome: 'complete' }), null);
});
