import t from 'tap';
import { verifyLog } from '../../plugin/verify/verify.ts';
import { smallLog, unnoticedBits } from './bits.ts';

t.test('no bit of a segment can be flipped unseen', async (t) => {
  const { folder, key } = await smallLog(t.testdir());
  t.match(await verifyLog(folder, { key }), { findings: [], batches: 1, entries: 1, signer: 'given' });
  t.same(await unnoticedBits(folder, 'segments/0000000000000000.seg', key), []);
});
