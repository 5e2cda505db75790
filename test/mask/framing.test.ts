import t from 'tap';
import { bodyless, decoderOf, framingOf } from '../../plugin/mask/framing.ts';

const head = (status: number, ...headers: readonly (readonly [string, string])[]) => ({
  status,
  headers: headers.map(([name, value]) => ({ name, value: Buffer.from(value, 'latin1') })),
});
const json = ['content-type', 'application/json'] as const;

for (const type of [
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'application/json ; odata=minimal;charset=utf8;',
  'application/problem+json',
  'application/vnd.api+json; version=1',
])
  t.test(`masks follow ${type}`, async (t) => t.equal(framingOf(head(200, ['content-type', type])), 'json'));

for (const [type, framing] of [
  ['application/x-ndjson', 'lines'],
  ['application/ndjson; charset=utf-8', 'lines'],
  ['application/jsonl', 'lines'],
  ['text/event-stream', 'events'],
  ['text/event-stream;charset=UTF-8', 'events'],
] as const)
  t.test(`masks follow ${type}`, async (t) => t.equal(framingOf(head(200, ['content-type', type])), framing));

const refused: readonly (readonly [name: string, head: Parameters<typeof framingOf>[0]])[] = [
  ['no content-type', head(200)],
  ['two content-types', head(200, json, json)],
  ...[
    'text/plain',
    'text/html',
    'application/json-seq',
    'application/jsonx',
    'application/xml+json+xml',
    'application/json, text/html',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset',
    'application/json text',
    '',
  ].map((type) => [`content-type ${type}`, head(200, ['content-type', type])] as const),
  ['a coded transfer', head(200, json, ['transfer-encoding', 'gzip, chunked'])],
  ['a partial content', head(206, json)],
  ['a difference', head(226, json)],
  ['a content-range', head(200, json, ['content-range', 'bytes 0-4/9'])],
];
for (const [name, one] of refused)
  t.test(`masks can't be applied: ${name}`, async (t) => t.throws(() => framingOf(one), { code: 'mask_impossible' }));

t.test('the decoder that a response needs', async (t) => {
  const encoded = (...values: readonly string[]) =>
    head(200, json, ...values.map((value) => ['content-encoding', value] as const));
  t.equal(decoderOf(encoded()), null);
  t.equal(decoderOf(encoded('identity')), null);
  t.type(decoderOf(encoded('gzip')), 'function');
  t.equal(decoderOf(encoded('X-GZIP')), decoderOf(encoded('gzip')));
  for (const values of [['identity, gzip'], ['identity', 'identity'], ['gzip', 'gzip'], ['compress'], ['']])
    t.throws(() => decoderOf(encoded(...values)), { code: 'mask_impossible' }, values.join(' and '));
});

t.test('identity and chunked are no encodings', async (t) => {
  t.equal(framingOf(head(500, json, ['content-encoding', 'Identity'], ['transfer-encoding', 'chunked'])), 'json');
});

t.test('what has no body', async (t) => {
  t.equal(bodyless(head(200, json), 'HEAD'), true);
  t.equal(bodyless(head(200, json), 'GET'), false);
  for (const status of [204, 205, 304]) t.equal(bodyless(head(status)), true);
  t.equal(bodyless(head(302, ['content-length', '0'])), true);
  t.equal(bodyless(head(302, ['content-length', '0'], ['content-length', '5'])), false);
  t.equal(bodyless(head(302)), false);
});
