import t from 'tap';
import { lineOf } from '../../../plugin/cli/audit/line.ts';

const line = (entry: Record<string, unknown>) => lineOf({ seq: 7, text: '', entry: { time: 0, ...entry } });

t.test('an entry is one line, whatever is in it', async (t) => {
  const at = '7 1970-01-01T00:00:00.000Z';
  for (const [entry, expected] of [
    [
      {
        kind: 'decision',
        principal: { id: 'a' },
        verdict: 'deny',
        method: 'GET',
        path: '/x\n\u001b[2J',
        rule: '',
        exchange: 'e',
      },
      `${at} decision a deny GET /x<U+000A><U+001B>[2J e`,
    ],
    [{ kind: 'response', status: 200, masks: [{ count: 2 }, { count: 3 }, null] }, `${at} response 200 masked=5`],
    [{ kind: 'hold', principal: { id: 'a' }, approver: { id: 'b' }, transition: 'approved' }, `${at} hold b approved`],
    [{ kind: 'erasure', what: 'before', count: 2, reason: 'x' }, `${at} erasure before 2 x`],
    [{ kind: 'heartbeat' }, `${at} heartbeat`],
    [{ kind: 'toString' }, `${at} toString`],
    [{ kind: '\u202e', time: 1e300, masks: 'x' }, `${at} <U+202E>`],
  ] as const)
    t.equal(line(entry), expected);
});
