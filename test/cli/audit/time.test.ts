import t from 'tap';
import { timeOf } from '../../../plugin/cli/audit/time.ts';

t.test('days are UTC, times have a zone', async (t) => {
  t.equal(timeOf('2026-06-01'), Date.UTC(2026, 5, 1));
  t.equal(timeOf('2026-06-01T12:00Z'), Date.UTC(2026, 5, 1, 12));
  t.equal(timeOf('2026-06-01T12:00:00.5+02:00'), Date.UTC(2026, 5, 1, 10, 0, 0, 500));
  for (const text of [
    '',
    'yesterday',
    '2026',
    '2026-6-1',
    '2026-02-31',
    '2026-13-01',
    '2026-06-01T12:00',
    '1780272000',
  ])
    t.throws(() => timeOf(text), /expected a day/, text);
});
