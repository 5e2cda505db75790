import t from 'tap';
import { keyMap, keyName, readKey, type Struck } from '../../../plugin/console/page/keys.ts';

const struck = (key: string, over: Partial<Struck> = {}): Struck => ({
  ...{ key, ctrlKey: false, metaKey: false, altKey: false, writing: false, acting: false },
  ...over,
});

t.test('keys do what the help sheet says', async (t) => {
  for (const { keys, command } of keyMap)
    for (const key of keys) {
      const [first = '', second] = key.split(' ');
      const one = readKey(struck(first), '');
      const read = second === undefined ? one : readKey(struck(second), one.awaiting);
      t.equal(read.command, command, key);
      t.equal(read.awaiting, '');
    }
});

t.test('letters that are written stay letters', async (t) => {
  for (const [over, key] of [
    [{ writing: true }, 'a'],
    [{ ctrlKey: true }, 'a'],
    [{ metaKey: true }, 'r'],
    [{ altKey: true }, 'x'],
    [{ acting: true }, 'Enter'],
    [{}, 'q'],
  ] as const)
    t.same(readKey(struck(key, over), ''), { command: null, awaiting: '' }, `${key} ${JSON.stringify(over)}`);
  t.equal(readKey(struck('Escape', { writing: true }), '').command, 'back');
  t.equal(readKey(struck('z'), 'g').command, null, 'a pair that is none');
  t.equal(readKey(struck('a', { acting: true }), '').command, 'approve', 'a button takes no letters');
});

t.test('names of keys', async (t) => {
  t.equal(keyName('Escape'), 'Esc');
  t.equal(keyName('j'), 'j');
});
