import t from 'tap';
import { defaults, readPrefs } from '../../../plugin/console/page/prefs.ts';

t.test('what was kept is read, and whatever is no choice is as by default', async (t) => {
  for (const [kept, expected] of [
    [null, defaults],
    ['{', defaults],
    ['7', defaults],
    ['null', defaults],
    ['{"theme":"dark","zone":"UTC"}', { ...defaults, theme: 'dark', zone: 'UTC' }],
    ['{"theme":"<script>","shortcuts":false}', { ...defaults, shortcuts: false }],
    ['{"notify":"yes","more":1}', defaults],
  ] as const)
    t.same(readPrefs(kept), expected, String(kept));
});
