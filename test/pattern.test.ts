import t from 'tap';
import { compilePattern } from '../plugin/pattern.ts';

t.test('a pattern finds what it describes, and nothing else', (t) => {
  t.ok(compilePattern('ACME-[0-9]{6}').matcher('order ACME-123456.').find());
  t.notOk(compilePattern('ACME-[0-9]{6}').matcher('order ACME-12345.').find());
  t.end();
});

t.test('what a linear engine cannot run is refused when it is compiled', (t) => {
  for (const source of ['(a)\\1', '(?=a)', '(?<!a)b', '(', 'a{1001}']) t.throws(() => compilePattern(source), source);
  t.end();
});

t.test('a pattern that makes a backtracking engine hang ends at once', (t) => {
  t.notOk(
    compilePattern('^(a+)+$')
      .matcher(`${'a'.repeat(20_000)}b`)
      .matches(),
  );
  t.end();
});
