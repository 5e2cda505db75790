import t from 'tap';
import { version } from '../plugin/version.ts';

t.test('the version is one', async (t) => {
  t.match(version, /^\d+\.\d+\.\d+/);
});
