import t from 'tap';
import { jsonBody, mediaType, overriding, plainJson, seen, single } from '../../plugin/command/seen.ts';
import { headerOf, requestOf } from '../identity/request.ts';

const ask = (members: Parameters<typeof requestOf>[0]) => seen(requestOf(members));

t.test('a request can be sent to a thread, byte for byte', async (t) => {
  const headers = [{ name: 'x-a', value: Buffer.from([0xff]) }, headerOf('x-a', 'b')];
  const request = ask({ headers, body: Buffer.from('x') });
  const cloned = structuredClone(request);
  t.same(cloned.headers, [
    { name: 'x-a', value: 'ÿ' },
    { name: 'x-a', value: 'b' },
  ]);
  t.equal(single(request, 'x-a'), undefined, 'twice');
  t.equal(single(request, 'x-b'), null, 'never');
});

t.test('the media type is one, and says UTF-8 at most', async (t) => {
  const rows: [string, string | null][] = [
    ['application/json', 'application/json'],
    ['Application/JSON; charset="UTF-8"', 'application/json'],
    ['application/json; charset=latin1', null],
    ['application/json, text/plain', null],
    ['', null],
  ];
  for (const [value, type] of rows) t.equal(mediaType(ask({ headers: { 'content-type': value } })), type, value);
  t.equal(mediaType(ask({})), null);
});

t.test('a header that makes another request of it is found', async (t) => {
  t.equal(overriding(ask({ headers: { 'x-http-method-override': 'DELETE' } })), 'x-http-method-override');
  t.equal(overriding(ask({ headers: { 'content-encoding': 'gzip' } })), 'content-encoding');
  t.equal(overriding(ask({ headers: { accept: '*/*' } })), null);
});

t.test('JSON is read where every parser reads the same (threats 8, 9)', async (t) => {
  const headers = { 'content-type': 'application/json' };
  t.same(jsonBody(ask({ headers, body: Buffer.from('{"a":1.5}') }), plainJson), { value: { a: 1.5 } });
  const rows: [Parameters<typeof requestOf>[0], RegExp][] = [
    [{ headers, body: null }, /unseen/],
    [{ body: Buffer.from('{}') }, /content type/],
    [{ headers: { 'content-type': 'text/json' }, body: Buffer.from('{}') }, /not one whose/],
    [{ headers, body: Buffer.from('{"a":1,"A":2}') }, /twice/],
    [{ headers, body: Buffer.from('{"a":9007199254740993}') }, /round/],
    [{ headers, body: Buffer.from('[1e400]') }, /round/],
  ];
  for (const [request, reason] of rows) t.match(jsonBody(ask(request), plainJson), { reason });
});
