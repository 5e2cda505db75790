/** Each expected document is what opa-envoy-plugin 1.19.1 showed to a policy for the same Check. */
import t from 'tap';
import { readCheck } from '../../../plugin/envoy/translate.ts';
import { checkBytes, headerMap } from '../wire.ts';

const http = { id: '1', method: 'GET', path: '/', host: 'h', scheme: 'http', protocol: 'HTTP/1.1' };

const cases: Readonly<Record<string, readonly [http: object, attributes: object, expected: object]>> = {
  'numbers, timestamps, headers and text': [
    { size: -1, headers: { ':method': 'GET', a: 'b' }, body: '{"x":1}' },
    { contextExtensions: { a: 'b' } },
    {
      request: { http: { ...http, size: -1, headers: { ':method': 'GET', a: 'b' }, body: '{"x":1}' } },
      contextExtensions: { a: 'b' },
    },
  ],
  'an empty message is there, an empty map, list or text is not': [
    {},
    { source: {}, destination: { address: {} }, contextExtensions: {}, metadataContext: {}, tlsSession: { sni: '' } },
    { request: { http }, source: {}, destination: { address: {} }, metadataContext: {}, tlsSession: {} },
  ],
  'addresses, and the set member of a oneof even when it is 0': [
    { size: 2 ** 53 - 1 },
    {
      source: { address: { socketAddress: { protocol: 1, address: '::1', portValue: 0, ipv4Compat: true } } },
      destination: { address: { pipe: { path: '/x', mode: 384 } }, labels: { l: 'm' }, service: 's' },
    },
    {
      request: { http: { ...http, size: 2 ** 53 - 1 } },
      source: { address: { socketAddress: { protocol: 1, address: '::1', portValue: 0, ipv4Compat: true } } },
      destination: { address: { pipe: { path: '/x', mode: 384 } }, labels: { l: 'm' }, service: 's' },
    },
  ],
  'a Struct is the object that it stands for, an Any is its bytes': [
    {},
    {
      metadataContext: {
        filterMetadata: {
          s: {
            fields: {
              n: { nullValue: 0 },
              f: { boolValue: false },
              z: { numberValue: 0 },
              e: { stringValue: '' },
              l: { listValue: { values: [{ nullValue: 0 }, { structValue: {} }] } },
              u: {},
            },
          },
          e: {},
        },
        typedFilterMetadata: { t: { type_url: 'x/y', value: Buffer.from([8, 1]) } },
      },
    },
    {
      request: { http },
      metadataContext: {
        filterMetadata: { s: { n: null, f: false, z: 0, e: '', l: [null, {}], u: null }, e: {} },
        typedFilterMetadata: { t: { typeUrl: 'x/y', value: 'CAE=' } },
      },
    },
  ],
  'raw headers and a body that is no text; and the headers that we add': [
    { headerMap: headerMap(['a', 'b'], ['c', Buffer.from([255])], ['a', 'd']), rawBody: Buffer.from([1, 2, 255]) },
    {},
    {
      request: {
        http: {
          ...http,
          headerMap: {
            headers: [
              { key: 'a', rawValue: 'Yg==' },
              { key: 'c', rawValue: '/w==' },
              { key: 'a', rawValue: 'ZA==' },
            ],
          },
          rawBody: 'AQL/',
          headers: { a: 'b,d', c: '\ufffd' },
        },
      },
    },
  ],
  'a raw body that is text is shown as text too': [
    { rawBody: Buffer.from('\ufeff{"x":1}') },
    {},
    { request: { http: { ...http, rawBody: '77u/eyJ4IjoxfQ==', body: '\ufeff{"x":1}' } } },
  ],
};

for (const [name, [changes, attributes, expected]] of Object.entries(cases))
  t.test(name, async (t) =>
    t.strictSame(JSON.parse(JSON.stringify(readCheck(checkBytes(changes, attributes)).check)), {
      attributes: expected,
    }),
  );
