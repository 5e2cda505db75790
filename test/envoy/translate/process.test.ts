import t from 'tap';
import { type ProcessMessage, readProcess } from '../../../plugin/envoy/translate.ts';
import { encode, headerMap } from '../wire.ts';

const read = (message: object): ProcessMessage => readProcess(encode('ProcessingRequest', message));
const text = (headers: readonly { name: string; value: Buffer }[]) =>
  headers.map(({ name, value }) => `${name}=${value}`);

t.test('heads of both sides', async (t) => {
  const headers = headerMap([':status', '201'], ['set-cookie', 'a'], ['set-cookie', 'b']);
  const response = read({ responseHeaders: { headers, endOfStream: true } });
  if (response.kind !== 'responseHeaders') throw new Error(response.kind);
  t.equal(response.head.status, 201);
  t.same(text(response.head.headers), ['set-cookie=a', 'set-cookie=b']);
  t.equal(response.endOfStream, true);
  const pseudo = headerMap([':method', 'GET'], [':scheme', 'https'], [':authority', 'h'], [':path', '/p'], ['a', 'b']);
  const request = read({ requestHeaders: { headers: pseudo } });
  if (request.kind !== 'requestHeaders') throw new Error(request.kind);
  const { headers: rest, ...head } = request.head;
  t.same(head, { method: 'GET', scheme: 'https', authority: 'h', path: '/p' });
  t.same(text(rest), ['a=b']);
  t.equal(request.endOfStream, false);
});

t.test('bodies and trailers of both sides', async (t) => {
  for (const kind of ['requestBody', 'responseBody'] as const) {
    const full = read({ [kind]: { body: Buffer.from('abc') } });
    t.match(full, { kind, body: Buffer.from('abc'), endOfStream: false });
    const last = read({ [kind]: { endOfStream: true } });
    t.match(last, { kind, body: Buffer.alloc(0), endOfStream: true });
  }
  for (const kind of ['requestTrailers', 'responseTrailers'] as const) {
    const message = read({ [kind]: { trailers: headerMap(['grpc-status', '0']) } });
    if (message.kind !== kind) throw new Error(message.kind);
    t.same(text(message.trailers), ['grpc-status=0']);
  }
});

t.test('the bytes of a body are not copied', async (t) => {
  const bytes = encode('ProcessingRequest', { responseBody: { body: Buffer.alloc(100_000, 'x') } });
  const message = readProcess(bytes);
  if (message.kind !== 'responseBody') throw new Error(message.kind);
  t.equal(message.body.buffer, bytes.buffer);
});

const struct = { fields: { 'request.path': { stringValue: '/p' }, 'response.code': { numberValue: 200 } } };

t.test('attributes, metadata and the configuration of the filter, on whichever message they come', async (t) => {
  const message = read({
    responseBody: {},
    attributes: [
      encode('AttributesEntry', { key: 'other', value: {} }),
      encode('AttributesEntry', { key: 'envoy.filters.http.ext_proc', value: struct }),
    ],
    metadataContext: encode('Metadata', {
      filterMetadata: { 'envoy.filters.http.ext_authz': { fields: { release: { stringValue: 'full' } } } },
    }),
    observabilityMode: true,
    protocolConfig: { requestBodyMode: 0, responseBodyMode: 4, sendBodyWithoutWaitingForHeaderResponse: true },
  });
  t.same(message.attributes, { 'request.path': '/p', 'response.code': 200 });
  t.same(message.metadata, { 'envoy.filters.http.ext_authz': { release: 'full' } });
  t.equal(message.metadata, message.metadata, 'decoded once');
  t.equal(message.observability, true);
  t.same(message.protocol, {
    requestBodyMode: 'none',
    responseBodyMode: 'full_duplex_streamed',
    sendBodyWithoutWaiting: true,
  });
});

t.test('what does not come is empty', async (t) => {
  const message = read({ responseBody: {} });
  t.same([message.attributes, message.metadata, message.observability, message.protocol], [{}, {}, false, null]);
});

t.test('a mode that is newer than we are is unknown, not none', async (t) => {
  const message = read({ responseBody: {}, protocolConfig: { responseBodyMode: 99 } });
  t.equal(message.protocol?.responseBodyMode, 'unknown');
});

t.test('what is no message is process_malformed, and quotes nothing of it', async (t) => {
  for (const bad of [Buffer.from('secret'), Buffer.alloc(0), encode('ProcessingRequest', { observabilityMode: true })])
    t.throws(() => readProcess(bad), { code: 'process_malformed', message: /^(?!.*secret)/ });
  for (const status of ['', '20', '2000', 'abc', '-20'])
    t.throws(() => read({ responseHeaders: { headers: headerMap([':status', status]) } }), {
      code: 'process_malformed',
    });
  const message = read({
    responseBody: {},
    metadataContext: Buffer.from('secret'),
    attributes: [Buffer.from('secret')],
  });
  t.throws(() => message.metadata, { code: 'process_malformed' });
  t.throws(() => message.attributes, { code: 'process_malformed' });
});
