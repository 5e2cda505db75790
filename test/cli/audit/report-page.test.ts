import t from 'tap';
import { reportOf } from '../../../plugin/cli/audit/report-page.ts';
import type { Found } from '../../../plugin/verify/entries.ts';
import { tally } from '../../../plugin/verify/period.ts';

const nothing = {
  from: null,
  to: null,
  origin: '',
  key: '',
  sample: null,
  verification: [],
  outcome: 'verified',
} as const;

const entries = (members: readonly object[]): Found[] =>
  members.map((entry, seq) => ({ seq, text: '', entry: { time: seq, origin: 'o', ...entry } }));

t.test('a deviation stands with its resolution, and what is open is counted', async (t) => {
  const period = tally(
    entries([
      { kind: 'deviation', state: 'opened', what: 'hold without evidence', detail: 'first', count: 1 },
      { kind: 'deviation', state: 'opened', what: 'unlogged denials', detail: 'second', count: 1_234 },
      {
        kind: 'deviation',
        state: 'resolved',
        what: 'x',
        detail: 'it was a test',
        count: 1,
        deviation: 'o/0',
        by: { id: 'carol' },
      },
    ]),
  );
  const text = reportOf({ ...nothing, period });
  t.match(
    text,
    /hold without evidence <span class="badge good">resolved<\/span>[\s\S]*resolved by <strong>carol<\/strong>: it was a test/,
  );
  t.match(text, /unlogged denials <span class="badge bad">open<\/span>[\s\S]*1,234 times: second/);
  t.match(text, /deviations<\/dt><dd>2<[\s\S]*not resolved<\/dt><dd>1</);
});

t.test('a period without anything says so', async (t) => {
  const text = reportOf({ ...nothing, period: tally([]) });
  for (const none of ['Held actions: none', 'Deviations: none', 'Values masked: none', '0 entries in this period'])
    t.match(text, none);
  t.notMatch(text, '<h2>Sample');
});

t.test('nothing that a caller wrote is markup', async (t) => {
  const evil = '</td><script>alert(1)</script>';
  const entry = {
    time: 0,
    principal: { id: evil },
    approver: { id: evil },
    ...{ verdict: evil, rule: evil, path: evil, method: evil, authority: evil, hold: evil, exchange: evil },
    ...{
      transition: evil,
      group: evil,
      what: evil,
      deviation: evil,
      by: { id: evil },
      detail: evil,
      subject: evil,
      reason: evil,
      state: evil,
    },
    ...{
      action: evil,
      policyDigest: evil,
      revision: evil,
      version: evil,
      masks: [{ rule: evil, field: evil, count: 1 }],
    },
  };
  const kinds = ['decision', 'hold', 'response', 'deviation', 'disclosure', 'erasure', 'policy', 'boot', evil];
  const found: Found[] = kinds.map((kind, seq) => ({ seq, text: '', entry: { ...entry, kind } }));
  const verification = [evil];
  const [drawn] = found;
  const sample = { of: 1, root: evil, drawn: drawn === undefined ? [] : [{ found: drawn, folder: evil }] };
  const period = tally(found);
  const text = reportOf({ ...nothing, origin: evil, key: evil, period, outcome: 'finding', verification, sample });
  t.notMatch(text, '<script');
  t.ok(text.split('&lt;script&gt;').length > 20);
});
