import t from 'tap';
import type { Exchanges, Report } from '../../plugin/verify/report.ts';
import { outcomeOf, summary } from '../../plugin/verify/summary.ts';

const good: Report = {
  folder: 'log',
  origin: 'e1.gateway.example.org',
  entries: 11,
  batches: 1,
  size: 1,
  root: 'aa',
  checkpoint: { size: 1, root: 'aa' },
  tail: 0,
  signer: 'given',
  key: 'sha256:aa',
  from: '2025-01-02T03:04:05.000Z',
  to: '2025-01-02T03:04:06.000Z',
  unanchored: null,
  anchors: null,
  torn: 0,
  foreign: [],
  findings: [],
  more: 0,
};
const exchanges: Exchanges = {
  allows: 2,
  answered: 1,
  open: 1,
  openAt: ['e1.gateway.example.org/4'],
  unobserved: 1,
  unasked: 1,
  elsewhere: 1,
  holdsConsumed: 1,
};
const finding = { code: 'entry_seq', where: 'here', message: 'wrong' } as const;

t.test('the worst decides', async (t) => {
  for (const [reports, outcome] of [
    [[good], 'verified'],
    [[good, { ...good, unanchored: 3 }], 'tail'],
    [[good, { ...good, unanchored: 0 }], 'verified'],
    [
      [
        { ...good, unanchored: 3 },
        { ...good, signer: 'unknown' },
      ],
      'unknown',
    ],
    [
      [
        { ...good, signer: 'unknown' },
        { ...good, findings: [finding] },
      ],
      'finding',
    ],
  ] as const)
    t.equal(outcomeOf(reports), outcome);
});

t.test('a summary says what the verdict rests on', async (t) => {
  const text = summary([good], exchanges).join('\n');
  t.match(text, /11 entries in 1 batch, 2025-01-02T03:04:05.000Z to/);
  t.match(text, /not anchored: time and rollback rest on the checkpoint that you keep/);
  t.match(text, /2 allows, 1 with the response's entry, 1 without \(e1.gateway.example.org\/4\)/);
  t.match(text, /\nverified$/);
  t.notMatch(text, /behind the checkpoint|no part of the log|never whole/);
});

t.test('a summary names findings, and does not drown in them', async (t) => {
  const ruined = {
    ...good,
    tail: 2,
    torn: 9,
    foreign: ['x'],
    findings: Array.from({ length: 60 }, () => finding),
    more: 5,
  };
  const anchors = { found: 2, judged: true, covered: 4, stamped: '2025-01-02T03:04:07.000Z', from: 9 };
  const text = summary([ruined, { ...good, unanchored: 3, anchors, checkpoint: null }], exchanges).join('\n');
  t.match(text, /entry_seq at here: wrong/);
  t.match(text, /and 25 more findings/);
  t.match(text, /2 batches behind the checkpoint/);
  t.match(text, /9 bytes of a last record/);
  t.match(text, /no part of the log: x/);
  t.match(text, /no checkpoint/);
  t.match(text, /2 anchors, 4 batches covered, last stamped 2025-01-02T03:04:07.000Z/);
  t.match(text, /3 batches that no anchor covers: entry 9 and those behind it/);
  const unjudged = {
    ...good,
    unanchored: 7,
    anchors: { ...anchors, judged: false, covered: 0, stamped: null, from: 0 },
  };
  t.match(summary([unjudged], exchanges).join('\n'), /2 anchors, of which none counts: say whose do/);
  t.match(text, /NOT VERIFIED: there are findings$/);
  t.match(summary([{ ...good, signer: 'unknown' }], exchanges).join('\n'), /consistent with itself; signer unknown/);
});
