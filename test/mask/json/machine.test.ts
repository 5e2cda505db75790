import t from 'tap';
import { buildAutomaton } from '../../../plugin/mask/automaton.ts';
import {
  array,
  enter,
  isNumberStart,
  leave,
  object,
  openMachine,
  skipBlank,
  want,
} from '../../../plugin/mask/json/machine.ts';

const root = buildAutomaton([]);

t.test('containers are entered and left', async (t) => {
  const m = openMachine(root, false);
  t.equal(m.state, want.value);
  enter(m, 0x7b, root);
  t.match(m, { depth: 1, state: want.nameOrClose });
  t.equal(m.kinds[1], object);
  m.kept[2] = 1;
  m.indexes[2] = 7;
  enter(m, 0x5b, root);
  t.match(m, { depth: 2, state: want.valueOrClose });
  t.same([m.kinds[2], m.kept[2], m.indexes[2]], [array, 0, 0]);
  leave(m);
  t.match(m, { depth: 1, state: want.commaOrClose });
  leave(m);
  t.match(m, { depth: 0, state: want.nothing });
});

t.test('white space is what JSON says', async (t) => {
  const bytes = Buffer.from(' \t\r\n\u000b');
  t.equal(skipBlank(bytes, 0, bytes.length), 4);
  t.equal(skipBlank(bytes, 0, 3), 3);
});

t.test('numbers begin with a digit or a minus', async (t) => {
  t.same(
    [...'+,-./0589:'].filter((char) => isNumberStart(char.charCodeAt(0))),
    [...'-0589'],
  );
});
