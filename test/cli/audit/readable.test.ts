import t from 'tap';
import { readable, shown } from '../../../plugin/cli/audit/readable.ts';

t.test('an entry is a heading and a member a line, and nothing in it moves the cursor', async (t) => {
  const entry = { kind: 'boot', time: 0, seq: 3, path: 'a\u001b[2J\u202eb', masks: [{ rule: 'x\n' }] };
  const lines = readable({ seq: 3, text: '', entry });
  t.match(lines[0], '3 1970-01-01T00:00:00.000Z boot');
  t.same(lines.slice(1), ['  path: a<U+001B>[2J<U+202E>b', '  masks: [{"rule":"x\\n"}]']);
  t.match(readable({ seq: 1, text: '', entry: { kind: 'boot\n', time: 1e300 } }), [/^\S*1 {2}boot<U\+000A>/]);
  t.equal(shown(undefined), '');
});
