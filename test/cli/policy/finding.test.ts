import t from 'tap';
import { findingLine, inOrder } from '../../../plugin/cli/policy/finding.ts';

const finding = (file: string, line: number, column = 1) => ({ file, line, column, check: 'order', message: 'text' });

t.test('findings come in the order of the files, each once, as lines that editors follow', async (t) => {
  const all = inOrder([finding('b', 1), finding('a', 10), finding('a', 9), finding('b', 1), finding('a', 9, 3)]);
  t.same(
    all.map(({ file, line, column }) => [file, line, column]),
    [
      ['a', 9, 1],
      ['a', 9, 3],
      ['a', 10, 1],
      ['b', 1, 1],
    ],
  );
  t.equal(findingLine(finding('a.rego', 9)).replace(/\u001b\[\d+m/g, ''), 'a.rego:9: text [order]');
});
