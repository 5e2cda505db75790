import t from 'tap';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { openMasker } from '../../plugin/mask/masker.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';

const plan = (...masks: readonly object[]) => compilePlan(parsePlan(masks));
const head = (type: string | null, status = 200) => ({
  status,
  headers: type === null ? [] : [{ name: 'content-type', value: Buffer.from(type) }],
});
const drop = plan({ key: 'ssn', with: 'drop' });

t.test('an empty plan passes anything as it came, the same bytes', async (t) => {
  const masker = openMasker(plan(), head('image/png', 206), {});
  const chunk = Buffer.from([0xff, 0x00, 0x7b]);
  t.equal(masker.push(chunk)[0], chunk);
  t.same(masker.end(), []);
  t.same(masker.findings(), []);
});

t.test('a framing that masks do not apply to fails before the first byte', async (t) => {
  for (const type of ['image/png', 'application/nothing', 'text/event-stream; charset=utf-16'])
    t.throws(() => openMasker(drop, head(type), {}), { code: 'mask_impossible' }, type);
});

t.test('a body that claims nothing passes when it has no byte, and fails with its first', async (t) => {
  const silent = openMasker(drop, head(null), {});
  t.same(silent.push(Buffer.alloc(0)), []);
  t.same(silent.end(), []);
  const speaking = openMasker(drop, head(null), {});
  t.throws(() => speaking.push(Buffer.from('x')), { code: 'mask_impossible' });
  t.throws(() => speaking.end(), { code: 'mask_impossible' });
  t.throws(
    () => openMasker(drop, head('application/json'), {}).end(),
    { code: 'mask_impossible' },
    'JSON is never empty',
  );
});

t.test('a key that is missing fails before the first byte', async (t) => {
  t.throws(() => openMasker(plan({ key: 'a', with: 'hash' }), head('application/json'), {}), { code: 'mask_invalid' });
});

t.test('a response without a body passes in any framing, and lets no byte by', async (t) => {
  for (const masker of [
    openMasker(drop, head(null, 204), {}),
    openMasker(drop, head('text/html', 304), {}),
    openMasker(drop, head('text/html'), {}, { method: 'HEAD' }),
    openMasker(drop, head('text/html'), {}, { endOfStream: true }),
  ]) {
    t.same(masker.push(Buffer.alloc(0)), []);
    t.throws(() => masker.push(Buffer.from('x')), { code: 'mask_impossible' });
  }
  t.same(openMasker(drop, head(null, 204), {}).end(), []);
});

t.test('after an error nothing leaves any more', async (t) => {
  const masker = openMasker(drop, head('application/json'), {});
  t.throws(() => masker.push(Buffer.from('{"a":1,}')), { code: 'mask_impossible' });
  t.throws(() => masker.push(Buffer.from(' ')), { code: 'mask_impossible' });
  t.throws(() => masker.push(Buffer.from('{"a":1}')), { code: 'mask_impossible' });
  t.throws(() => masker.end(), { code: 'mask_impossible' });
});

t.test('after the end nothing leaves any more', async (t) => {
  const masker = openMasker(drop, head('application/json'), {});
  masker.push(Buffer.from('{}'));
  masker.end();
  t.throws(() => masker.push(Buffer.from(' ')), { code: 'mask_impossible' });
  t.throws(() => masker.end(), { code: 'mask_impossible' });
});

t.test('a truncated body is an error at its end', async (t) => {
  const masker = openMasker(drop, head('application/json'), {});
  masker.push(Buffer.from('{"a":1'));
  t.throws(() => masker.end(), { code: 'mask_impossible' });
});

t.test('the caller may reuse a chunk once push has returned', async (t) => {
  const masker = openMasker(plan({ key: 'ssn', with: 'partial', keep_last: 1 }), head('application/json'), {});
  const chunk = Buffer.from('{"ssn":"12');
  masker.push(chunk);
  chunk.fill(0x20);
  t.equal(Buffer.concat(masker.push(Buffer.from('3"}'))).toString(), '"**3"}');
});

t.test('findings count by rule and selector', async (t) => {
  const masker = openMasker(
    plan({ key: 'a', with: 'null', rule: 'r' }, { key: 'b', with: 'drop' }, { key: 'c', with: 'null' }),
    head('application/json'),
    {},
  );
  masker.push(Buffer.from('{"a":1,"x":{"a":2},"b":3}'));
  t.same(masker.findings(), [
    { rule: 'mask/..b', field: '..b', count: 1 },
    { rule: 'r', field: '..a', count: 2 },
  ]);
});

t.test('findings have at most 64 rows and one for the rest', async (t) => {
  const names = Array.from({ length: 70 }, (_, i) => `k${i}`);
  const masker = openMasker(plan(...names.map((key) => ({ key, with: 'null' }))), head('application/json'), {});
  masker.push(Buffer.from(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])))));
  t.equal(masker.findings().length, 65);
  t.same(masker.findings().at(-1), { rule: 'other', field: 'other', count: 6 });
});
