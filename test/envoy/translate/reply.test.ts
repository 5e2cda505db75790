import t from 'tap';
import { headersReply, immediateReply, streamedBodyReply, trailersReply } from '../../../plugin/envoy/translate.ts';
import { decode } from '../wire.ts';

const read = (bytes: Buffer) => JSON.parse(JSON.stringify(decode('ProcessingResponse', bytes)));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const overwrite = (key: string, value: string) => ({
  header: { key, rawValue: base64(value) },
  appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD',
});

t.test('a reply to headers sets raw values, in order, and the status as a pseudo header', async (t) => {
  t.strictSame(read(headersReply({ status: 502, set: [['x-a', 'b']], remove: ['etag'] })), {
    responseHeaders: {
      response: {
        headerMutation: { setHeaders: [overwrite(':status', '502'), overwrite('x-a', 'b')], removeHeaders: ['etag'] },
      },
    },
    response: 'responseHeaders',
  });
});

t.test('a reply to a body is a streamed response: its bytes and its end', async (t) => {
  for (const [body, endOfStream] of [
    ['abc', false],
    ['', true],
  ] as const) {
    const got = read(streamedBodyReply(Buffer.from(body), endOfStream));
    const { streamedResponse, mutation } = got.responseBody.response.bodyMutation;
    t.equal(mutation, 'streamedResponse');
    t.equal(Buffer.from(streamedResponse.body ?? '', 'base64').toString(), body);
    t.equal(streamedResponse.endOfStream ?? false, endOfStream);
  }
});

t.test('each reply answers the side that was asked', async (t) => {
  t.match(read(headersReply({})), { response: 'responseHeaders' });
  t.match(read(trailersReply({ remove: ['x'] })), {
    response: 'responseTrailers',
    responseTrailers: { headerMutation: { removeHeaders: ['x'] } },
  });
  const side = { side: 'request' } as const;
  t.match(read(headersReply({}, side)), { response: 'requestHeaders' });
  t.match(read(streamedBodyReply(Buffer.from('x'), false, side)), { response: 'requestBody' });
  t.match(read(trailersReply({}, side)), { response: 'requestTrailers' });
});

t.test('an immediate reply has its status, headers, body and details', async (t) => {
  const bytes = immediateReply({ status: 502, headers: [['content-type', 'a/b']], body: 'no', details: 'why' });
  const got = read(bytes);
  t.equal(got.response, 'immediateResponse');
  t.strictSame(got.immediateResponse, {
    status: { code: 'BadGateway' },
    headers: { setHeaders: [overwrite('content-type', 'a/b')] },
    body: base64('no'),
    details: 'why',
  });
});

t.test('any reply may carry dynamic metadata by namespace', async (t) => {
  const got = read(headersReply({}, { metadata: { 'a.b': { c: 1 } } }));
  const inner = { fields: { c: { numberValue: 1, kind: 'numberValue' } } };
  t.strictSame(got.dynamicMetadata, { fields: { 'a.b': { structValue: inner, kind: 'structValue' } } });
  t.equal(read(headersReply({})).dynamicMetadata, undefined);
});
