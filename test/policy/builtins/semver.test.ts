import t from 'tap';
import { semver } from '../../../plugin/policy/builtins/semver.ts';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const ordered = [
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0',
  '1.9.0',
  '1.10.0',
  '10.0.0',
];

t.test('precedence is that of semver.org, clause 11', async (t) => {
  for (const [i, a] of ordered.entries())
    for (const [j, b] of ordered.entries()) t.equal(semver['semver.compare']([a, b]), Math.sign(i - j), `${a} ${b}`);
  t.equal(semver['semver.compare'](['1.0.0+a', '1.0.0+b']), 0);
});

t.test('versions agree with opa', { skip: withoutOpa }, async (t) => {
  const valid = ['1.0.0', '1.0', 'v1.0.0', '1.0.0-a+b.c', '', '1.0.0.0'].map((text) => `semver.is_valid("${text}")`);
  await agreesWithOpa(
    t,
    [
      ...valid,
      'semver.compare("1.0.0-beta.2", "1.0.0-beta.11")',
      'semver.compare("1", "1.0.0")',
      'semver.is_valid(input.n)',
    ],
    { n: 1 },
  );
});
