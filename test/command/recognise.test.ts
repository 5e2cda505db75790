import t from 'tap';
import { recognisers } from '../../plugin/command/recognise.ts';
import { seen } from '../../plugin/command/seen.ts';
import { requestOf } from '../identity/request.ts';

t.test('each recogniser answers anything with at least one command', async (t) => {
  t.same(Object.keys(recognisers).sort(), ['graphql', 'kubernetes', 'mcp']);
  for (const [kind, recognise] of Object.entries(recognisers))
    for (const members of [{}, { body: null }, { method: 'GET', path: '' }, { path: '/\0?%' }, { method: 'TRACE' }])
      t.ok(recognise(seen(requestOf(members))).length > 0, kind);
});
