import t from 'tap';
import { readCheck } from '../../../plugin/envoy/translate.ts';
import { checkBytes, encode, headerMap } from '../wire.ts';

const struct = (fields: object) => ({ fields });
const text = (stringValue: string) => ({ stringValue });

t.test('a Check under encode_raw_headers is read as it arrived', async (t) => {
  const bytes = checkBytes(
    {
      method: 'POST',
      path: '/a%20b?c=d',
      host: 'localhost:1',
      scheme: 'https',
      protocol: 'HTTP/2',
      rawBody: Buffer.from('{}'),
      headerMap: headerMap(
        [':method', 'POST'],
        ['x-dup', 'a'],
        ['x-bytes', Buffer.from([0xff, 0x00])],
        ['x-dup', 'b'],
        ['x-envoy-auth-partial-body', 'false'],
      ),
    },
    {
      source: { principal: 'spiffe://x/y', address: { socketAddress: { address: '::1', portValue: 7 } } },
      contextExtensions: { 'countersign.command': 'sql', __proto__x: '1' },
      metadataContext: {
        filterMetadata: {
          'envoy.filters.http.jwt_authn': struct({
            payload: { structValue: struct({ sub: text('alice'), exp: { numberValue: 2e9 } }) },
          }),
        },
      },
    },
  );
  const request = readCheck(bytes);
  t.same(
    request.headers.map(({ name, value }) => [name, value.toString('latin1')]),
    [
      ['x-dup', 'a'],
      ['x-bytes', '\xff\x00'],
      ['x-dup', 'b'],
    ],
  );
  const { headers: _headers, check: _check, body, extensions, ...rest } = request;
  t.equal(body?.toString(), '{}');
  t.same({ ...extensions }, { 'countersign.command': 'sql', __proto__x: '1' });
  t.same(rest, {
    id: '1',
    method: 'POST',
    scheme: 'https',
    authority: 'localhost:1',
    path: '/a%20b?c=d',
    protocol: 'HTTP/2',
    jwt: { sub: 'alice', exp: 2e9 },
    peer: 'spiffe://x/y',
    source: '::1:7',
  });
});

t.test('without encode_raw_headers the headers come from the map', async (t) => {
  const { headers } = readCheck(checkBytes({ headers: { ':path': '/', 'x-a': 'b' } }));
  t.same(
    headers.map(({ name, value }) => [name, value.toString()]),
    [['x-a', 'b']],
  );
});

t.test('what is not there is empty or null, never of Object', async (t) => {
  const request = readCheck(checkBytes());
  t.same([request.jwt, request.peer, request.source, request.headers], [null, '', '', []]);
  t.equal(request.extensions.constructor, undefined);
});

t.test('a payload that only bears the name of a JWT is none', async (t) => {
  for (const filterMetadata of [
    { 'envoy.filters.http.jwt_authn': struct({ payload: text('x') }) },
    { 'envoy.filters.http.jwt_authn': struct({}) },
    { other: struct({ payload: { structValue: struct({ sub: text('mallory') }) } }) },
  ])
    t.equal(readCheck(checkBytes({}, { metadataContext: { filterMetadata } })).jwt, null);
});

t.test('what is no Check of an HTTP request is check_malformed, and quotes nothing of it', async (t) => {
  const bytes = checkBytes({ path: '/secret' });
  for (const bad of [
    Buffer.from('secret'),
    bytes.subarray(0, bytes.length - 3),
    Buffer.alloc(0),
    encode('CheckRequest', { attributes: { source: {} } }),
    checkBytes({ id: '' }),
    checkBytes({ method: '' }),
  ])
    t.throws(() => readCheck(bad), { code: 'check_malformed', message: /^(?!.*secret)/ });
});

t.test('a path beyond ASCII is its bytes, whether it comes as a header or not', async (t) => {
  const bytes = Buffer.from('/caf\u00e9').toString('latin1');
  t.equal(readCheck(checkBytes({ path: '/caf\u00e9' })).path, bytes);
  t.equal(readCheck(checkBytes({ path: '/x', headers: { ':path': '/caf\u00e9' } })).path, bytes);
});
