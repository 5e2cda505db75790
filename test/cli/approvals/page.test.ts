import t from 'tap';
import { listLine, neededText, showPage } from '../../../plugin/cli/approvals/page.ts';
import { viewOf } from '../../../plugin/hold/view.ts';
import { pendingHold, specOf } from '../../hold/opening.ts';
import { agent, human } from '../../hold/people-of.ts';

const view = (over: Parameters<typeof pendingHold>[0] = {}) => viewOf(pendingHold(over), human('bob'), 1);

t.test('a line says who asks what, a page says all of it', async (t) => {
  const shown = view();
  t.equal(listLine(shown, 0), `${shown.id}  reporting-agent  ends in 30 min  DELETE FROM t`);
  const page = showPage(shown, 1_700_000).join('\n');
  for (const part of [
    `hold:        ${shown.id}, version 1, pending`,
    'asked by:    reporting-agent (agent of https://idp.example.com, owner alice@example.com)',
    'because:     a DELETE',
    'in 100 s',
    'their words:\n  | cleaning up',
    'path:\n  | /sql',
    `digest:      ${shown.digest}`,
  ])
    t.ok(page.includes(part), part);
});

t.test('words of the caller can not pass for ours', async (t) => {
  const page = showPage(
    view({
      justification: 'fine\nneeds:       nothing\r\u202e',
      display: { body: 'x\ndigest: 00', 'a\nb': 1 },
      asker: agent({ id: 'bot\nrule: none' }),
      rule: 'r\u0007',
    }),
    1,
  );
  t.equal(page.filter((line) => /^(needs|digest|rule):/.test(line)).length, 3, 'each of our fields once');
  t.notMatch(page.join('\n'), /[\r\u202e\u0007]/);
  t.ok(page.includes('  | needs:       nothing<U+000D><U+202E>'));
});

t.test('a long request is whole on its page, and short on its line', async (t) => {
  const text = `DELETE FROM t WHERE ${'x = 1 OR '.repeat(100)} y = 2`;
  const long = view({ display: { commands: [{ kind: 'sql', text }] } });
  t.ok(listLine(long, 0).length < 160);
  t.ok(showPage(long, 0).join('').includes('y = 2'));
});

t.test('what is needed, in words', async (t) => {
  const spec = specOf({
    approvals: undefined,
    any_of: [[{ group: 'dba', count: 2 }, { group: 'sec' }], [{ group: 'board' }]],
  });
  t.equal(neededText(view({ spec })), '2 of dba and 1 of sec, or 1 of board');
});
