import t from 'tap';
import { holdLimit, nestingLimit, noBytes } from '../../plugin/mask/rewriter.ts';

t.test('the bounds that the documentation states', async (t) => {
  t.equal(holdLimit, 128 * 1024);
  t.equal(nestingLimit, 4);
  t.equal(noBytes.length, 0);
});
