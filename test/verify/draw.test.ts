import { hash } from 'node:crypto';
import t from 'tap';
import { openDraw } from '../../plugin/verify/draw.ts';
import type { Found } from '../../plugin/verify/entries.ts';

const entries: Found[] = Array.from({ length: 200 }, (_, seq) => ({
  seq,
  text: '',
  entry: { kind: seq % 2 === 0 ? 'decision' : 'response' },
}));

t.test('the draw is the decisions with the smallest hash of root and number, in order', async (t) => {
  const draw = openDraw('ab', 5);
  t.same([...draw.seen(entries)], entries, 'everything is passed on');
  const expected = entries
    .filter(({ entry }) => entry.kind === 'decision')
    .map(({ seq }) => ({ seq, rank: hash('sha256', `ab/${seq}`) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .slice(0, 5)
    .map(({ seq }) => seq)
    .sort((one, other) => one - other);
  t.same(
    draw.drawn().map(({ seq }) => seq),
    expected,
  );
  t.equal(draw.of, 100);
  const other = openDraw('ac', 5);
  for (const _ of other.seen(entries));
  t.not(String(other.drawn().map(({ seq }) => seq)), String(expected), 'another root draws others');
});

t.test('more than there are is all of them, and none is none', async (t) => {
  for (const [count, found] of [
    [500, 100],
    [0, 0],
  ] as const) {
    const draw = openDraw('ab', count);
    for (const _ of draw.seen(entries));
    t.equal(draw.drawn().length, found);
  }
});
