import t from 'tap';
import { bodyless, decoderOf, mediaOf, parseMedia } from '../../plugin/mask/media.ts';

const head = (status: number, ...headers: readonly (readonly [string, string])[]) => ({
  status,
  headers: headers.map(([name, value]) => ({ name, value: Buffer.from(value, 'latin1') })),
});
const json = ['content-type', 'application/json'] as const;

t.test('a content-type is its media type and its parameters', async (t) => {
  for (const [text, type, charset] of [
    ['application/json', 'application/json', undefined],
    ['Application/JSON', 'application/json', undefined],
    ['application/json ; odata=minimal;charset="UTF-8";', 'application/json', 'UTF-8'],
    ['text/csv; CharSet=latin1', 'text/csv', 'latin1'],
  ] as const) {
    const media = parseMedia(text);
    t.equal(media.type, type);
    t.equal(media.parameters.get('charset'), charset);
  }
  t.equal(mediaOf(head(200)), null);
  t.equal(mediaOf(head(200, json)), mediaOf(head(200, json)), 'read once');
});

const refused: readonly (readonly [name: string, head: Parameters<typeof mediaOf>[0]])[] = [
  ['two content-types', head(200, json, json)],
  ...[
    'application/json, text/html',
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
  t.test(`masks can't be applied: ${name}`, async (t) => t.throws(() => mediaOf(one), { code: 'mask_impossible' }));

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
  const one = head(500, json, ['content-encoding', 'Identity'], ['transfer-encoding', 'chunked']);
  t.equal(mediaOf(one)?.type, 'application/json');
});

t.test('what has no body', async (t) => {
  t.equal(bodyless(head(200, json), 'HEAD'), true);
  t.equal(bodyless(head(200, json), 'GET'), false);
  for (const status of [204, 205, 304]) t.equal(bodyless(head(status)), true);
  t.equal(bodyless(head(302, ['content-length', '0'])), true);
  t.equal(bodyless(head(302, ['content-length', '0'], ['content-length', '5'])), false);
  t.equal(bodyless(head(302)), false);
});
