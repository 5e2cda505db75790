import fc from 'fast-check';
import t from 'tap';
import { openCounters } from '../../plugin/record/counters.ts';

const limits = { sessions: 1_000, principals: 100, idle: 1_000, window: 10_000 };
const bot = { issuer: 'https://idp.example.com', id: 'bot' };

function clocked(changes: Partial<typeof limits> = {}) {
  const clock = { now: 1_000 };
  return { clock, counters: openCounters({ ...limits, ...changes }, () => clock.now) };
}

t.test('the first request of a session sees itself, and nothing before it', async (t) => {
  const { counters } = clocked();
  const zero = { requests: 1, denied: 0, held: 0, masked_fields: 0, started: 1_000 };
  t.strictSame(counters.asked('s', bot), { key: 's', ...zero, principal: zero });
});

t.test('what becomes of requests is counted in the session and for the principal', async (t) => {
  const { counters, clock } = clocked();
  counters.asked('s', bot);
  counters.denied('s');
  counters.held('s');
  counters.masked('s', 3);
  counters.masked('s', 0);
  counters.masked('unknown', 5);
  clock.now += 10;
  t.match(counters.asked('s', bot), {
    requests: 2,
    denied: 1,
    held: 1,
    masked_fields: 3,
    started: 1_000,
    principal: { requests: 2, denied: 1, held: 1, masked_fields: 3 },
  });
});

t.test('threat 22: another session id is no new budget', async (t) => {
  const { counters } = clocked();
  for (let n = 1; n <= 50; n++) {
    const facts = counters.asked(`rotated-${n}`, bot);
    t.match(facts, { requests: 1, principal: { requests: n } });
  }
  t.match(counters.asked('x', { ...bot, id: 'other' }), { principal: { requests: 1 } });
  t.match(counters.asked('y', { issuer: 'https://other.example.com', id: 'bot' }), { principal: { requests: 1 } });
});

t.test('a silent session is forgotten, a principal begins again after the window', async (t) => {
  const { counters, clock } = clocked();
  counters.asked('s', bot);
  clock.now += 1_000;
  t.match(counters.asked('s', bot), { requests: 2 });
  clock.now += 1_001;
  t.match(counters.asked('s', bot), { requests: 1, started: clock.now, principal: { requests: 3 } });
  clock.now = 11_001;
  t.match(counters.asked('s', bot), { principal: { requests: 1, started: 11_001 } });
});

t.test('memory is bounded: many sessions push out the silent one, never the principal', async (t) => {
  const { counters } = clocked({ sessions: 10 });
  counters.asked('first', bot);
  for (let n = 0; n < 100; n++) counters.asked(`s${n}`, bot);
  t.ok(counters.size > 5 && counters.size <= 11, `${counters.size} rows`);
  t.match(counters.asked('first', bot), { requests: 1, principal: { requests: 102 } });
  t.match(counters.asked('s99', bot), { requests: 2 });
});

t.test('rows that changed are told once; what is restored counts on', async (t) => {
  const { counters, clock } = clocked();
  counters.asked('s', bot);
  counters.masked('s', 2);
  const rows = counters.changed();
  t.equal(rows.length, 2);
  t.same(counters.changed(), []);
  const again = openCounters(limits, () => clock.now);
  again.restore(rows);
  t.match(again.asked('s', bot), { requests: 2, masked_fields: 2, principal: { requests: 2, masked_fields: 2 } });
  const later = openCounters(limits, () => clock.now + 20_000);
  later.restore(rows);
  t.equal(later.size, 0, 'what has ended meanwhile is not put back');
});

t.test('whatever comes in what order, a principal has the sum of its sessions', async () => {
  const step = fc.record({ session: fc.integer({ min: 0, max: 5 }), what: fc.constantFrom('asked', 'denied', 'held') });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { counters } = clocked();
      for (const { session, what } of steps)
        if (what === 'asked') counters.asked(`${session}`, bot);
        else counters[what as 'denied' | 'held'](`${session}`);
      const rows = [...counters.rows()];
      const sum = (name: 'requests' | 'denied' | 'held') =>
        rows.filter(({ principal }) => principal !== null).reduce((all, row) => all + row[name], 0);
      const all = rows.find(({ principal }) => principal === null);
      return (
        all === undefined ||
        (all.requests === sum('requests') && all.denied === sum('denied') && all.held === sum('held'))
      );
    }),
  );
});
