import fc from 'fast-check';
import t from 'tap';
import { after, arrange, beside, powersOf, type Sieve, tabOf, valuesOf } from '../../../plugin/console/page/inbox.ts';
import type { View } from '../../../plugin/console/page/wire.ts';
import { viewAs } from './views-of.ts';

const sieve: Sieve = { tab: 'decide', text: '', rule: '', asker: '' };
const held = (...views: readonly Partial<View>[]) =>
  new Map(views.map((over, at) => viewAs({ id: `h${at}`, opened: at, ...over })).map((view) => [view.id, view]));
const ids = (rows: ReturnType<typeof arrange>) => rows.map(({ view, gone }) => `${view.id}${gone ? ' gone' : ''}`);

t.test('each hold stands in one list', async (t) => {
  for (const [over, tab] of [
    [{}, 'decide'],
    [{ barred: 'you ask' }, 'waiting'],
    [{ state: 'approved' }, 'approved'],
    [{ state: 'granted' }, 'approved'],
    [{ state: 'consumed' }, null],
    [{ state: 'rejected' }, null],
  ] as const)
    t.equal(tabOf(viewAs(over)), tab);
});

t.test('oldest first, sieved by what stands in it', async (t) => {
  const holds = held({ opened: 9 }, { rule: 'sql/ddl' }, { display: { path: '/Refund' } }, { barred: 'x' });
  t.same(ids(arrange([], holds, sieve, false)), ['h1', 'h2', 'h0']);
  t.same(ids(arrange([], holds, { ...sieve, text: ' refund ' }, false)), ['h2']);
  t.same(ids(arrange([], holds, { ...sieve, text: 'refund agent' }, false)), ['h2'], 'all words');
  t.same(ids(arrange([], holds, { ...sieve, rule: 'sql/ddl' }, false)), ['h1']);
  t.same(ids(arrange([], holds, { ...sieve, asker: 'nobody' }, false)), []);
  t.same(ids(arrange([], holds, { ...sieve, tab: 'waiting' }, false)), ['h3']);
  t.same(
    valuesOf(holds.values(), ({ rule }) => rule),
    ['sql/ddl', 'sql/delete'],
  );
});

t.test('nothing moves under a pointer: what is decided stays, what is new stands behind', async (t) => {
  const holds = held({ state: 'consumed' }, {}, { opened: 0.5 });
  t.same(ids(arrange(['h0', 'h1'], holds, sieve, true)), ['h0 gone', 'h1', 'h2']);
  t.same(ids(arrange(['h0', 'h1'], holds, sieve, false)), ['h2', 'h1'], 'and then it is put in order');
  const state = fc.constantFrom<View['state']>('pending', 'approved', 'rejected');
  fc.assert(
    fc.property(fc.array(fc.record({ state, opened: fc.nat(9) }), { maxLength: 12 }), fc.nat(12), (all, known) => {
      const every = held(...all);
      const before = [...every.keys()].slice(0, known);
      const rows = arrange(before, every, sieve, true).map(({ view }) => view.id);
      return before.every((id, at) => rows[at] === id) && new Set(rows).size === rows.length;
    }),
  );
});

t.test('from row to row', async (t) => {
  t.equal(beside(['a', 'b'], null, 1), 'a');
  t.equal(beside(['a', 'b'], 'a', 1), 'b');
  t.equal(beside(['a', 'b'], 'b', 1), 'b');
  t.equal(beside(['a', 'b'], 'a', -1), 'a');
  t.equal(beside([], null, 1), null);
  const rows = arrange(['h0', 'h1', 'h2'], held({}, { state: 'consumed' }, {}), sieve, true);
  t.equal(after(rows, 'h0'), 'h2', 'past what is decided');
  t.equal(after(rows, 'h2'), 'h0');
  t.equal(after(rows.slice(0, 1), 'h0'), null);
});

t.test('what a viewer may do', async (t) => {
  const viewer = { id: 'bob', issuer: 'https://idp.example.com', name: 'bob', groups: ['dba'], kind: 'human' };
  for (const [name, over, who, decide, withdraw] of [
    ['may approve', {}, viewer, true, null],
    ['has approved', { mine: true, barred: 'you have' }, viewer, false, 'approval'],
    ['has approved, and it is unused', { mine: true, state: 'approved' }, viewer, false, 'approval'],
    ['asks', { barred: 'you ask' }, { ...viewer, id: 'reporting-agent' }, false, 'request'],
    ['owns the agent', { barred: 'you ask' }, { ...viewer, email: 'alice@example.com' }, false, 'request'],
    ['closed', { state: 'consumed', mine: true }, viewer, false, null],
  ] as const)
    t.same(powersOf(viewAs(over), { viewer: who }), { decide, withdraw }, name);
});
