import t from 'tap';
import { type Head, openAnchors } from '../../plugin/audit/anchors.ts';

const head = (size: number): Head => ({ size, note: `${size}`, republish: async () => {} });

t.test('the newest checkpoint is anchored, a failure is told, and the lag is known', async (t) => {
  const written: string[] = [];
  const failures: unknown[] = [];
  let good = false;
  const anchors = openAnchors({
    store: { replace: async (path) => void written.push(path) },
    anchors: [
      {
        name: 'test',
        async anchor() {
          if (!good) throw new Error('no');
          return { stamp: Buffer.from('x') };
        },
      },
    ],
    every: 60_000,
    deadline: 1_000,
    onFailed: (_, error) => failures.push(error),
  });
  t.same(anchors.lag(), { batches: 0, ms: 0 });
  anchors.published(head(3));
  anchors.published(head(5));
  t.equal(anchors.lag().batches, 5);
  good = true;
  await anchors.close();
  t.same(written, ['anchors/5/stamp']);
  t.same(anchors.lag(), { batches: 0, ms: 0 });
  good = false;
  const again = openAnchors({
    store: { replace: async () => {} },
    anchors: [{ name: 'x', anchor: () => Promise.reject(new Error('no')) }],
    every: 60_000,
    deadline: 1_000,
    onFailed: (_, error) => failures.push(error),
  });
  again.published(head(2));
  await again.close();
  t.equal(failures.length, 1);
  t.equal(again.lag().batches, 2);
});
