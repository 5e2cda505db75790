import t, { type Test } from 'tap';
import { limitDenials } from '../../plugin/audit/denials.ts';
import type { DecisionFacts, Ledger } from '../../plugin/audit/event.ts';
import type { EntryEvent } from '../../plugin/audit/log.ts';

/** What the limit looks at, of an anonymous caller unless it is named. */
const from = (source: string, id: string | null = null): DecisionFacts =>
  ({
    request: { source },
    principal: id === null ? { method: 'none' } : { method: 'jwt', id, issuer: 'i' },
  }) as unknown as DecisionFacts;

function open(t: Test) {
  const events: EntryEvent[] = [];
  const state = { now: 1_000_000, denied: 0, allowed: 0, broken: false, scarce: false };
  const receipt = { origin: 'o', seq: 0, digest: '' };
  const ledger: Ledger = {
    append: async (event) => {
      if (state.broken) throw new Error('broken');
      events.push(event);
      return receipt;
    },
    allowed: async () => {
      state.allowed += 1;
      return receipt;
    },
    denied: async () => {
      state.denied += 1;
    },
    responded: async () => {},
    deviation: async () => {},
  };
  const limited = limitDenials(
    ledger,
    () => state.now,
    () => state.scarce,
  );
  t.teardown(() => limited.close());
  const flood = async (count: number, facts: DecisionFacts, verdict: 'deny' | 'hold' = 'deny') => {
    for (let at = 0; at < count; at += 1) await limited.denied(facts, verdict);
  };
  const counted = () => events.splice(0).map(({ body }) => body as { what: string; detail: string; count: number });
  return { limited, state, flood, counted };
}

t.test('with little room left on the disk no denial is entered by itself, and each is counted', async (t) => {
  const { limited, state, flood, counted } = open(t);
  state.scarce = true;
  await flood(10, from('10.0.0.1:1'));
  await flood(5, from('', 'alice'));
  await limited.allowed(from('10.0.0.1:1'));
  t.match(state, { denied: 0, allowed: 1 });
  await limited.settle();
  t.match(counted(), [{ count: 10 }, { count: 5, detail: 'principal alice of i' }]);
  state.scarce = false;
  await flood(1, from('10.0.0.1:1'));
  t.equal(state.denied, 1);
});

t.test('a million anonymous denials make one entry beyond the rate, and allows go on', async (t) => {
  const { limited, state, flood, counted } = open(t);
  await flood(1_000_000, from('10.0.0.1:40000'));
  t.equal(state.denied, 500);
  await limited.allowed(from('10.0.0.1:40000'));
  await flood(2, from('10.0.0.1:40000'), 'hold');
  t.equal(state.allowed, 1);
  t.equal(state.denied, 502, 'holds are entered');
  await limited.settle();
  t.same(counted(), [{ state: 'opened', what: 'denials beyond the rate', detail: 'address 10.0.0.1', count: 999_500 }]);
  await limited.settle();
  t.same(counted(), [], 'what was entered is not entered again');
});

t.test('sources do not take each other room; another port is no other source', async (t) => {
  const { state, flood, counted, limited } = open(t);
  await flood(500, from('10.0.0.1:1'));
  await flood(1, from('10.0.0.1:2'));
  await flood(500, from('[::1]:1'));
  await flood(501, from('10.0.0.1:1', 'alice'));
  t.equal(state.denied, 1_500);
  await limited.settle();
  t.same(
    counted().map(({ detail, count }) => [detail, count]),
    [
      ['address 10.0.0.1', 1],
      ['principal alice of i', 1],
    ],
  );
});

t.test('time gives room back, up to the burst, and a clock that goes back gives none', async (t) => {
  const { state, flood } = open(t);
  await flood(600, from('a:1'));
  state.now += 1_000;
  await flood(100, from('a:1'));
  t.equal(state.denied, 520);
  state.now -= 60_000;
  await flood(10, from('a:1'));
  t.equal(state.denied, 520);
  state.now += 3_600_000;
  await flood(1_000, from('a:1'));
  t.equal(state.denied, 1_020);
});

t.test('a flood from everywhere is bounded, and what can not be entered is kept for later', async (t) => {
  const { limited, state, flood, counted } = open(t);
  for (let source = 0; source < 3_000; source += 1) await flood(1, from(`10.0.${source >> 8}.${source & 255}:1`));
  t.equal(state.denied, 1_500, 'a thousand sources, and one burst for all the others');
  state.broken = true;
  await limited.settle();
  state.broken = false;
  await limited.close();
  t.same(
    counted().map(({ detail, count }) => [detail, count]),
    [['of many sources', 1_500]],
  );
});
