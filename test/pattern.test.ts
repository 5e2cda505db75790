import fc from 'fast-check';
import t from 'tap';
import { boundsOf, compilePattern, findAll } from '../plugin/pattern.ts';

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

const bounds: readonly (readonly [source: string, shortest: number, longest: number, prefix: string])[] = [
  ['ACME-[0-9]{6}', 11, 11, 'ACME-'],
  ['ACME-[0-9]{2,6}\\b', 7, 11, 'ACME-'],
  ['[A-Z]{2}', 2, 2, ''],
  ['a|bcd', 1, 3, ''],
  ['a?', 0, 1, ''],
  ['ab+', 2, Number.POSITIVE_INFINITY, 'ab'],
  ['(a|b*)c', 1, Number.POSITIVE_INFINITY, ''],
  ['ab?c{0,3}', 1, 5, 'a'],
  ['.', 1, 4, ''],
  ['[a-é]', 1, 4, ''],
  ['(?i)ab', 2, 8, ''],
];
for (const [source, shortest, longest, prefix] of bounds)
  t.test(`the bounds of ${source}`, async (t) => {
    const found = boundsOf(compilePattern(source));
    t.equal(found.shortest, shortest);
    t.equal(found.longest, longest);
    t.equal(Buffer.from(found.prefix).toString(), prefix);
  });

t.test('a program that is too large to be measured is refused', async (t) => {
  t.throws(() => boundsOf(compilePattern('(a{1000}){5}|(b{1000}){5}')));
});

t.test('matches are where V8 finds them, in bytes', async (t) => {
  const sources = ['ab+', 'b|ab', '[a-c]{2}', 'é.', '\\bab\\b', 'a{1,2}'];
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.constantFrom('a', 'b', 'ab', 'é', ' ', '\n', '😀')),
      (source, parts) => {
        const text = parts.join('');
        const pattern = compilePattern(source);
        const found: string[] = [];
        const bytes = Buffer.from(text);
        findAll(pattern, boundsOf(pattern).prefix, bytes, (start, end) =>
          found.push(`${start} ${bytes.subarray(start, end)}`),
        );
        const expected = [...text.matchAll(new RegExp(source, 'gu'))].map(
          ({ 0: match, index }) => `${Buffer.byteLength(text.slice(0, index))} ${match}`,
        );
        return JSON.stringify(found) === JSON.stringify(expected);
      },
    ),
  );
  t.pass();
});
