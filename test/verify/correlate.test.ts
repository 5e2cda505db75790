import t from 'tap';
import { openCorrelation } from '../../plugin/verify/correlate.ts';
import type { Entry } from '../../plugin/verify/entry.ts';
import { openFindings } from '../../plugin/verify/report.ts';
import { decision, origin, response } from './sample.ts';

t.test('ten thousand exchanges leave nothing open behind them', async (t) => {
  const findings = openFindings();
  const correlation = openCorrelation();
  const feed = (seq: number, entry: object): void =>
    correlation.entry({ ...entry, seq, origin } as unknown as Entry, `entry ${seq}`, findings);
  for (let at = 0; at < 20_000; at += 2) {
    feed(at, decision(at));
    feed(at + 1, response(at, at));
  }
  feed(20_000, decision(20_000, { release: 'skip' }));
  feed(20_001, response(1, 1, { decision: undefined }));
  t.same(correlation.settle(), {
    allows: 10_000,
    answered: 10_000,
    open: 0,
    openAt: [],
    unobserved: 1,
    unasked: 1,
    elsewhere: 0,
    holdsConsumed: 0,
  });
  t.same(findings.list, []);
});
