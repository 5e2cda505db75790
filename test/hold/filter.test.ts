import t from 'tap';
import { passes } from '../../plugin/hold/filter.ts';
import { viewOf } from '../../plugin/hold/view.ts';
import { pendingHold } from './opening.ts';
import { human } from './people-of.ts';

const view = viewOf(pendingHold(), human('bob'), 1);

t.test('a filter lets through what has all that it names', async (t) => {
  for (const [filter, expected] of [
    [{}, true],
    [{ state: 'approved' }, false],
    [{ state: 'live' }, true],
    [{ mine: true }, true],
    [{ asker: 'alice@example.com' }, true],
    [{ asker: 'alice' }, false],
    [{ rule: 'sql/delete' }, true],
    [{ text: ' delete  T ' }, true],
    [{ text: 'delete drop' }, false],
  ] as const)
    t.equal(passes(view, filter), expected, JSON.stringify(filter));
  t.notOk(passes(viewOf(pendingHold(), human('alice'), 1), { mine: true }), 'not what they ask themselves');
});
