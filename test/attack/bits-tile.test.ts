import t from 'tap';
import { smallLog, unnoticedBits } from './bits.ts';

t.test('no bit of a tile can be flipped unseen', async (t) => {
  const { folder, key } = await smallLog(t.testdir());
  for (const file of ['tile/0/000.p/1', 'tile/entries/000.p/1'])
    t.same(await unnoticedBits(folder, file, key), [], file);
});
