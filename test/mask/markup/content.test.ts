import t from 'tap';
import { compilePlan } from '../../../plugin/mask/compile.ts';
import { maskContent } from '../../../plugin/mask/markup/content.ts';
import { htmlEntity } from '../../../plugin/mask/markup/entities.ts';
import { operationsOf } from '../../../plugin/mask/operators.ts';
import { parsePlan } from '../../../plugin/mask/plan.ts';

t.test('what is not found stays as it is spelled', async (t) => {
  const plan = compilePlan(parsePlan([{ pattern: 'f', with: 'redact', token: '<' }]));
  const media = { type: '', parameters: new Map() };
  const work = { plan, operations: operationsOf(plan, {}), hit() {}, media, path: null, depth: 0 };
  t.equal(maskContent('&eacute;f&amp;&#102;', htmlEntity, work), '&eacute;&lt;&amp;&lt;');
  t.equal(maskContent('&fjlig;x', htmlEntity, work), '&lt;x', 'an entity of several characters goes whole');
});
