import t from 'tap';
import { deltasOf, stepsOf } from '../../../plugin/mask/events/deltas.ts';

t.test('the shapes that texts come in', async (t) => {
  t.same(deltasOf({ choices: [{ index: 3, text: 'a', finish_reason: null }] }), {
    deltas: [{ way: ['choices', 0, 'text'], channel: 'choice 3/text' }],
    ends: [],
  });
  t.same(deltasOf({ choices: [{ delta: { function_call: { arguments: '{' } }, finish_reason: 'stop' }] }), {
    deltas: [{ way: ['choices', 0, 'delta', 'function_call', 'arguments'], channel: 'choice 0/call' }],
    ends: ['choice 0/'],
  });
  t.same(deltasOf({ type: 'content_block_delta', index: 1, delta: { partial_json: '{' } }), {
    deltas: [{ way: ['delta', 'partial_json'], channel: 'block 1/partial_json' }],
    ends: [],
  });
  t.same(deltasOf({ type: 'message_stop' }).ends, ['block ']);
  t.same(deltasOf({ type: 'response.completed' }).ends, ['part ']);
});

t.test('anything else has none', async (t) => {
  for (const data of [
    null,
    1,
    'x',
    [],
    {},
    { choices: 1 },
    { choices: [null, { delta: null }, { delta: { content: null } }] },
    { type: 'ping' },
    { type: 'x.delta', delta: {} },
  ])
    t.same(deltasOf(data), { deltas: [], ends: [] }, JSON.stringify(data));
});

t.test('a way as a plan says it', async (t) => {
  t.same(stepsOf(['a', 0]), [
    { select: { name: 'a' }, deep: false },
    { select: { index: 0 }, deep: false },
  ]);
});
