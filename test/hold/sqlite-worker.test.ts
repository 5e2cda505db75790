import t from 'tap';
import { answer } from '../../plugin/hold/sqlite-worker.ts';

t.test('a call is answered with its value or its fault', async (t) => {
  t.same(
    answer(1, () => 'done'),
    { n: 1, value: 'done' },
  );
  t.same(
    answer(2, () => {
      throw new Error('disk full');
    }),
    { n: 2, fault: 'disk full' },
  );
});
