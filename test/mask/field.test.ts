import t from 'tap';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { maskField, namesMatter } from '../../plugin/mask/field.ts';
import { operationsOf } from '../../plugin/mask/operators.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';
import type { Work } from '../../plugin/mask/rewriter.ts';

function workOf(...masks: readonly object[]): Work & { readonly hits: number[] } {
  const plan = compilePlan(parsePlan(masks));
  const hits: number[] = [];
  const media = { type: '', parameters: new Map() };
  return {
    plan,
    operations: operationsOf(plan, {}),
    hit: (mask) => hits.push(mask),
    media,
    path: null,
    depth: 0,
    hits,
  };
}

t.test('a field is masked by name, or by what is in it, or stays', async (t) => {
  const work = workOf({ key: 'a', with: 'redact' }, { key: 'b', with: 'drop' }, { detect: ['email'], with: 'redact' });
  t.equal(maskField('x', work.plan.keys.get('a'), work), '[masked:a]');
  t.equal(maskField('x', work.plan.keys.get('b'), work), null);
  t.equal(maskField('ada@example.com', undefined, work), '[masked:email]');
  t.equal(maskField('{"a":1}', undefined, work), '{"a":"[masked:a]"}');
  t.equal(maskField('x', undefined, work), undefined);
  t.equal(work.hits.length, 4);
});

t.test('names matter where a mask has one', async (t) => {
  t.equal(namesMatter(workOf({ column: 'a', with: 'drop' })), true);
  t.equal(namesMatter(workOf({ detect: ['email'], with: 'redact' })), false);
});
