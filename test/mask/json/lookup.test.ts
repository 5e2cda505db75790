import t from 'tap';
import { buildAutomaton } from '../../../plugin/mask/automaton.ts';
import { elementPlace, memberPlace } from '../../../plugin/mask/json/lookup.ts';
import { parsePath } from '../../../plugin/mask/path.ts';

const root = buildAutomaton(['$.ssn', '$.sex', '$[2]', "$['a\"b']"].map((path) => parsePath(path, 'path')));

const selected = (raw: string, escaped: boolean) => {
  const b = Buffer.from(`{"${raw}":1}`);
  return memberPlace(root, b, 2, b.length - 4, escaped).selected;
};

t.test('names are compared after their escapes are decoded', async (t) => {
  t.equal(selected('ssn', false), 0);
  t.equal(selected('sex', false), 1);
  t.equal(selected('ssm', false), -1);
  t.equal(selected('ssnx', false), -1);
  t.equal(selected('x'.repeat(100), false), -1);
  t.equal(selected('\\u0073sn', true), 0);
  t.equal(selected('a\\"b', true), 3);
  t.equal(selected('a\\u0000', true), -1);
  t.throws(() => selected('a\\udc00', true), { code: 'mask_impossible' });
});

t.test('elements are found by index', async (t) => {
  t.equal(elementPlace(root, 2).selected, 2);
  t.equal(elementPlace(root, 1).selected, -1);
  t.equal(elementPlace(root.otherMember, 2).selected, -1);
});
