import t from 'tap';
import { malformed } from '../../../plugin/mask/markup/malformed.ts';

t.test('it withholds the response', async (t) => t.match(malformed('x'), { code: 'mask_impossible', message: /: x$/ }));
