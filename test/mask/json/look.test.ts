import t from 'tap';
import { compilePlan } from '../../../plugin/mask/compile.ts';
import { openLook } from '../../../plugin/mask/json/look.ts';
import { openSplice } from '../../../plugin/mask/json/splice.ts';
import { operationsOf } from '../../../plugin/mask/operators.ts';
import { parsePlan } from '../../../plugin/mask/plan.ts';

function look(masks: readonly object[], text: string) {
  const plan = compilePlan(parsePlan(masks));
  const hits: number[] = [];
  const output = openSplice();
  const bytes = Buffer.from(text);
  output.begin(bytes);
  const media = { type: '', parameters: new Map() };
  const work = { plan, operations: operationsOf(plan, {}), hit: (mask: number) => hits.push(mask), media, path: null };
  const looked = openLook({ ...work, depth: 0 }, output);
  return { looked, bytes, hits, left: () => Buffer.from(output.take(bytes.length)).toString() };
}

const email = { detect: ['email'], with: 'redact' };

t.test('a plan of paths alone looks into no string', async (t) => {
  t.equal(look([{ path: '$.a', with: 'drop' }], '""').looked, null);
});

t.test('a value and a name are masked where something is found', async (t) => {
  for (const method of ['value', 'name'] as const) {
    const { looked, bytes, hits, left } = look([email], '"to ada@example.com."');
    t.equal(looked?.finds(bytes, 0, bytes.length), true);
    looked?.[method](bytes, 0, bytes.length);
    t.equal(left(), '"to [masked:email]."');
    t.same(hits, [0]);
  }
});

t.test('a value that is JSON is masked by name, and a name is not', async (t) => {
  const text = '"{\\"a\\":1}"';
  const value = look([{ key: 'a', with: 'null' }], text);
  value.looked?.value(value.bytes, 0, value.bytes.length);
  t.equal(value.left(), '"{\\"a\\":null}"');
  const name = look([{ key: 'a', with: 'null' }], text);
  t.equal(name.looked?.finds(name.bytes, 0, name.bytes.length), false);
});

t.test('an open string waits only for what it may hold', async (t) => {
  const { looked } = look([{ key: 'a', with: 'null' }], '');
  for (const [text, waits] of [
    ['"', true],
    ['"{', true],
    ['" ', true],
    ['"\\u', true],
    ['"ab', false],
  ] as const)
    t.equal(looked?.mayMatter(Buffer.from(text), 0, text.length), waits, text);
  t.equal(look([email], '').looked?.mayMatter(Buffer.from('"ab'), 0, 3), true);
});
