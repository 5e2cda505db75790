import t from 'tap';
import { buildAutomaton, type Place } from '../../plugin/mask/automaton.ts';
import { parsePath } from '../../plugin/mask/path.ts';

const build = (...paths: readonly string[]) => buildAutomaton(paths.map((path) => parsePath(path, 'path')));

function go(from: Place, ...steps: readonly (string | number)[]): Place {
  return steps.reduce<Place>(
    (place, step) =>
      typeof step === 'string'
        ? (place.byName.get(step) ?? place.otherMember)
        : (place.byIndex.get(step) ?? place.otherElement),
    from,
  );
}

const cases: readonly [paths: readonly string[], at: readonly (string | number)[], selected: number][] = [
  [['$'], [], 0],
  [['$'], ['a'], -1],
  [['$.a.b'], ['a', 'b'], 0],
  [['$.a.b'], ['b'], -1],
  [['$.a.b'], ['a', 'b', 'c'], -1],
  [['$.a[*].b'], ['a', 7, 'b'], 0],
  [['$.a[2]'], ['a', 2], 0],
  [['$.a[2]'], ['a', 3], -1],
  [['$.a[2]'], ['a', '2'], -1],
  [['$..b'], ['b'], 0],
  [['$..b'], ['a', 0, 'b', 'c', 'b'], 0],
  [['$..a.b'], ['x', 'a', 'b'], 0],
  [['$..a.b'], ['a', 'a', 'b'], 0],
  [['$..a.b'], ['a', 'x', 'b'], -1],
  [['$.*'], ['x'], 0],
  [['$.*'], [4], 0],
  [['$..*'], ['x', 1, 'y'], 0],
  [['$.x', '$..b'], ['x', 'b'], 1],
  [['$..b', '$.b'], ['b'], 0],
];
for (const [paths, at, selected] of cases)
  t.test(`${paths.join(' ')} at ${at.join('/')}`, async (t) => t.equal(go(build(...paths), ...at).selected, selected));

t.test('dead is where nothing below can be selected', async (t) => {
  const root = build('$.a.b');
  t.equal(root.dead, false);
  t.equal(go(root, 'a').dead, false);
  t.equal(go(root, 'x').dead, true);
  t.equal(go(root, 'x', 'a', 'b'), go(root, 'x'));
  t.equal(build('$..a').otherMember.dead, false);
});

t.test('names are found by their bytes', async (t) => {
  const root = build('$.ß', '$.ab');
  t.same(
    root.byLength.map((names) => names.length),
    [0, 0, 2],
  );
});

t.test('paths that multiply places are refused', async (t) => {
  t.throws(() => build(`$..a${'.*'.repeat(16)}`), { code: 'mask_invalid' });
});
