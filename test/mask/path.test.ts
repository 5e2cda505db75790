import t from 'tap';
import { lastName, parsePath, type Step } from '../../plugin/mask/path.ts';

const name = (name: string, deep = false): Step => ({ select: { name }, deep });
const paths: readonly [text: string, steps: readonly Step[]][] = [
  ['$', []],
  ['$.a.b', [name('a'), name('b')]],
  ["$['a b']", [name('a b')]],
  [String.raw`$['it\'s']`, [name("it's")]],
  [String.raw`$["say \"x\""]`, [name('say "x"')]],
  [`$['"']`, [name('"')]],
  [String.raw`$['\u0073sn']`, [name('ssn')]],
  ['$.größe', [name('größe')]],
  ['$.a[*].c', [name('a'), { select: 'any', deep: false }, name('c')]],
  ['$.*', [{ select: 'any', deep: false }]],
  [
    '$[0][12]',
    [
      { select: { index: 0 }, deep: false },
      { select: { index: 12 }, deep: false },
    ],
  ],
  ['$..ssn', [name('ssn', true)]],
  ["$.a..['x y']", [name('a'), name('x y', true)]],
  ['$..*', [{ select: 'any', deep: true }]],
];
for (const [text, steps] of paths) t.test(text, async (t) => t.same(parsePath(text, 'mask[0].path'), steps));

const wrong = [
  '',
  'a',
  '.a',
  '$a',
  '$.',
  '$..',
  '$.a.',
  '$[',
  '$[]',
  '$[-1]',
  '$[01]',
  '$[1:2]',
  '$[0,1]',
  '$[?@.a]',
  '$.a-b',
  "$['a]",
  "$['\\x']",
  "$['\\ud800']",
  '$ .a',
  '$.a ',
  '$...a',
];
for (const text of wrong)
  t.test(`refused: ${text}`, async (t) => {
    t.throws(() => parsePath(text, 'mask[3].path'), {
      code: 'mask_invalid',
      message: /^mask\[3\]\.path: .*character \d+/,
    });
  });

t.test('the last name', async (t) => {
  t.equal(lastName(parsePath('$.a.ssn', '')), 'ssn');
  t.equal(lastName(parsePath('$.a[0]', '')), null);
  t.equal(lastName([]), null);
});
