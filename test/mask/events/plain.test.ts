import t from 'tap';
import { compilePlan } from '../../../plugin/mask/compile.ts';
import { openPlain } from '../../../plugin/mask/events/plain.ts';
import { operationsOf } from '../../../plugin/mask/operators.ts';
import { parsePlan } from '../../../plugin/mask/plan.ts';

t.test('the data of an event is rewritten as it comes, and adds no events', async (t) => {
  const plan = compilePlan(parsePlan([{ key: 'a', with: 'null' }]));
  const media = { type: '', parameters: new Map() };
  const text = openPlain({ plan, operations: operationsOf(plan, {}), hit() {}, media, path: null, depth: 0 });
  t.equal(text.begun, false);
  t.equal(Buffer.from(text.push(Buffer.from('{"a":1,'))).toString(), '{"a":null,');
  t.equal(text.begun, true);
  t.equal(Buffer.from(text.push(Buffer.from('"b":2}'))).toString(), '"b":2}');
  t.equal(text.end().length, 0);
  t.same([text.before(), text.rest()], [[], []]);
});
