import t from 'tap';
import { css } from '../../../plugin/cli/audit/style.ts';

t.test('the style asks nothing of the network, and prints on A4', async (t) => {
  t.notMatch(css, /url\(|@import|https?:|</);
  t.match(css, '@page { size: A4');
  t.match(css, '@media print');
});
