import t from 'tap';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { framingOf, framings } from '../../plugin/mask/framing.ts';
import { parseMedia } from '../../plugin/mask/media.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';

const plan = (...masks: readonly object[]) => compilePlan(parsePlan(masks));
const detect = plan({ detect: ['email'], with: 'redact' });
const of = (type: string | null, masks = detect) =>
  framingOf({ media: type === null ? null : parseMedia(type), plan: masks });

for (const [name, types] of Object.entries({
  JSON: [
    'application/json',
    'application/json; charset=utf-8',
    'application/problem+json',
    'application/vnd.a+json',
    'text/json',
  ],
  NDJSON: ['application/x-ndjson', 'application/ndjson; charset=utf-8', 'application/jsonl', 'application/jsonlines'],
  'event stream': ['text/event-stream', 'text/event-stream;charset=UTF-8'],
  text: ['text/plain', 'text/markdown; charset=latin1'],
  CSV: ['text/csv; header=present', 'application/csv'],
  TSV: ['text/tab-separated-values'],
  form: ['application/x-www-form-urlencoded'],
  XML: ['text/xml', 'application/atom+xml', 'image/svg+xml'],
  HTML: ['text/html; charset=utf-8'],
}))
  t.test(`what is ${name}`, async (t) => {
    for (const type of types) t.equal(of(type).name, name, type);
  });

t.test('anything else is withheld', async (t) => {
  for (const type of [
    null,
    'application/json-seq',
    'application/jsonx',
    'application/xml+json+x',
    'application/octet-stream',
    'image/png',
    'text/x',
  ])
    t.throws(() => of(type), { code: 'mask_impossible' }, String(type));
});

t.test('anything else is text where the policy says so', async (t) => {
  const scan = plan({ detect: ['email'], with: 'redact', on_unparsable: 'scan' });
  for (const type of [null, 'image/png', 'application/json-seq']) t.equal(of(type, scan).name, 'scan');
  t.equal(of('application/json', scan).name, 'JSON');
});

t.test('a mask that does not apply to a framing withholds it', async (t) => {
  t.throws(() => of('text/plain', plan({ key: 'a', with: 'drop' })), { code: 'mask_impossible' });
  t.throws(() => of('text/plain', plan({ path: '$.a', with: 'drop' })), { code: 'mask_impossible' });
  t.equal(of('text/plain', plan({ header: 'x-a', with: 'drop' }, { pattern: 'a', with: 'redact' })).name, 'text');
});

t.test('no type is of two framings', async (t) => {
  const types = ['application/json', 'application/x-ndjson', 'text/event-stream', 'text/plain'];
  for (const type of types) t.equal(framings.filter((framing) => framing.types.test(type)).length, 1, type);
});
