import t from 'tap';
import { cautionsOf } from '../../../plugin/console/page/cautions.ts';
import { describe } from '../../../plugin/console/page/describe.ts';
import type { View } from '../../../plugin/console/page/wire.ts';
import { hostile, sqlDisplay } from '../../page/samples.ts';
import { viewAs } from './views-of.ts';

const kinds = (view: View) => cautionsOf(view, describe(view)).map(({ what }) => what);

t.test('each caution has its cause', async (t) => {
  const asker = viewAs().asker;
  for (const [name, over, expected] of [
    ['a plain request', { display: await sqlDisplay('SELECT 1') }, []],
    ['bidi in the command', { display: await sqlDisplay(hostile.bidi) }, ['hidden']],
    ['a lookalike', { display: await sqlDisplay(hostile.lookalike) }, ['lookalike']],
    ['a lookalike in a name', { asker: { ...asker, id: 'rep\u043erting-agent' } }, ['lookalike']],
    ['bytes that are no text', { display: { body: 'a\ufffdb' } }, ['binary']],
    ['200 KB', { display: await sqlDisplay(`SELECT '${'x'.repeat(200_000)}'`) }, ['long']],
    ['many lines', { display: { body: '\n'.repeat(200) } }, ['long']],
    ['rejected before', { display: {}, rejectedBefore: 2 }, ['rejected']],
    ['changed by the policy', { display: { changes: { headersToRemove: ['a'] } } }, ['changed']],
    ['not understood', { display: { commands: [{ kind: 'unparsed', reason: 'x' }] } }, ['unparsed']],
    ['closed', { display: null, rejectedBefore: 2 }, []],
  ] as const)
    t.same(kinds(viewAs(over as Partial<View>)), expected, name);
});
