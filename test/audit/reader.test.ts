import t from 'tap';
import { pieceOf } from '../../plugin/audit/reader.ts';

t.test('an entry is in the piece whose numbers span it', async (t) => {
  const pieces = [
    { firstSeq: 0, count: 1 },
    { firstSeq: 1, count: 256 },
    { firstSeq: 257, count: 1 },
    { firstSeq: 258, count: 2 },
  ];
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
  for (const [seq, at] of rows) t.equal(pieceOf(pieces, seq), at === null ? null : pieces[at], String(seq));
  t.equal(pieceOf([], 0), null);
});
