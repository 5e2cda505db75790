import t from 'tap';
import { smallLog, unnoticedBits } from './bits.ts';

t.test('no bit of the checkpoint, or of what says who writes, can be flipped unseen', async (t) => {
  const { folder, key } = await smallLog(t.testdir());
  for (const file of ['checkpoint', 'writer.json']) t.same(await unnoticedBits(folder, file, key), [], file);
});
