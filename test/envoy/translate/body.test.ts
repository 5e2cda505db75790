/** Threat 8: a Check may hold no body and no sign of it. */
import t from 'tap';
import { readCheck } from '../../../plugin/envoy/translate.ts';
import { checkBytes, headerMap } from '../wire.ts';

type Headers = readonly (readonly [string, string])[];

function bodyOf(http: object, headers: Headers, contextExtensions: object = {}): string | null {
  const bytes = checkBytes({ ...http, headerMap: headerMap(...headers) }, { contextExtensions });
  return readCheck(bytes).body?.toString('latin1') ?? null;
}

const whole: Headers = [['x-envoy-auth-partial-body', 'false']];
const part: Headers = [['x-envoy-auth-partial-body', 'true']];
const rawBody = Buffer.from('abc');
const post = { method: 'POST' };
const h2 = { protocol: 'HTTP/2' };
const h3 = { protocol: 'HTTP/3' };
const buffered = { 'countersign.body': 'buffered' };
const length = (value: string): Headers => [['content-length', value]];
const chunked: Headers = [['transfer-encoding', 'chunked']];

const known: readonly [string, object, Headers, object, string][] = [
  ['Envoy says that it is whole', { ...post, rawBody }, whole, {}, 'abc'],
  ['Envoy says that it is whole, and it is empty', post, whole, {}, ''],
  ['text without a replaced byte', { ...post, body: 'abc' }, whole, {}, 'abc'],
  ['HTTP/1.1 without a length on a route that buffers', {}, [], buffered, ''],
  ['HTTP/1.1 with a length of 0', post, length('0'), {}, ''],
  ['HTTP/2 with a length of 0', { ...post, ...h2 }, length('0'), {}, ''],
  ['HTTP/2 on a route that buffers', h2, [], buffered, ''],
];

for (const [name, http, headers, extensions, body] of known)
  t.test(`known: ${name}`, async (t) => t.equal(bodyOf(http, headers, extensions), body));

const unseen: readonly [string, object, Headers, object][] = [
  ['Envoy says that it is a part', { ...post, rawBody }, part, {}],
  ['Envoy says two things', { ...post, rawBody }, [...whole, ...part], {}],
  ['a body that nobody says is whole', { ...post, rawBody }, length('3'), {}],
  ['text in which a byte may have been replaced', { ...post, body: 'a!c' }, whole, {}],
  ['a POST on a route with buffering off', post, length('3'), {}],
  ['a GET with a length', {}, length('3'), {}],
  ['HTTP/1.1 without a length: Envoy does not show that it is chunked', post, [], {}],
  ['HTTP/1.0 likewise', { protocol: 'HTTP/1.0' }, [], {}],
  ['a GET with chunks', {}, chunked, buffered],
  ['chunks and a length of 0', {}, [...chunked, ...length('0')], {}],
  ['lengths that disagree', post, [...length('0'), ...length('3')], {}],
  ['odd spellings of 0', post, length('00'), {}],
  ['an HTTP/2 GET whose route does not say that it buffers', { ...h2, size: 0 }, [], {}],
  ['an HTTP/3 POST likewise', { ...post, ...h3 }, [], {}],
  ['an unknown protocol', { protocol: '' }, [], {}],
  ['a tunnel route, whatever else it says', h2, [], { ...buffered, 'countersign.route': 'tunnel' }],
  ['an upgrade on a POST', { ...post, rawBody }, [...whole, ['upgrade', 'websocket']], buffered],
  ['an upgrade on a GET', {}, [['upgrade', 'h2c']], buffered],
  ['CONNECT', { method: 'CONNECT' }, length('0'), buffered],
  ['extended CONNECT', { ...h2 }, [[':protocol', 'websocket']], buffered],
];

for (const [name, http, headers, extensions] of unseen)
  t.test(`unseen: ${name}`, async (t) => t.equal(bodyOf(http, headers, extensions), null));
