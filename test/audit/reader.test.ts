import t from 'tap';
import { batchOf } from '../../plugin/audit/reader.ts';

t.test('an entry is in the batch whose numbers span it', async (t) => {
  const at = (firstSeq: number, count: number) => ({ segment: '', offset: 0, length: 0, firstSeq, count });
  const batches = [at(0, 1), at(1, 256), at(257, 1), at(258, 2)];
  const rows: readonly [number, number | null][] = [
    [0, 0],
    [1, 1],
    [256, 1],
    [257, 2],
    [258, 3],
    [259, 3],
    [260, null],
    [-1, null],
    [0.5, null],
    [Number.NaN, null],
  ];
  for (const [seq, batch] of rows) t.equal(batchOf({ batches, nextSeq: 260 }, seq), batch, String(seq));
  t.equal(batchOf({ batches: [], nextSeq: 0 }, 0), null);
});
