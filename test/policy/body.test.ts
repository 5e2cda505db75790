import { gzipSync } from 'node:zlib';
import t from 'tap';
import { parseBody } from '../../plugin/policy/body.ts';
import { request } from './rego.ts';

const parse = (body: string | Buffer | null, headers: Record<string, string>) =>
  parseBody(request({ body: typeof body === 'string' ? Buffer.from(body) : body, headers }));

const json = { 'content-type': 'application/json; charset=utf-8' };

const cases: readonly (readonly [
  name: string,
  body: string | Buffer | null,
  headers: Record<string, string>,
  parsed: unknown,
  truncated?: true,
])[] = [
  ['JSON', '{"a":[1]}', json, { a: [1] }],
  ['the last of duplicate members', '{"a":1,"a":2}', json, { a: 2 }],
  ['false', 'false', json, false],
  ['no body', '', json, null],
  ['a form', 'a=1&a=2', { 'content-type': 'application/x-www-form-urlencoded' }, { a: ['1', '2'] }],
  ['gRPC', '\0\0\0\0\0', { 'content-type': 'application/grpc' }, null],
  ['another type', '<a/>', { 'content-type': 'text/xml' }, null],
  ['no type', '{"a":1}', {}, null],
  ['an unseen body', null, json, null, true],
  ['less than content-length', '{}', { ...json, 'content-length': '3' }, null, true],
  ['content-length kept', '{}', { ...json, 'content-length': '2' }, {}],
  ['gzip', gzipSync('{"a":1}'), { ...json, 'content-encoding': 'gzip' }, { a: 1 }],
];
for (const [name, body, headers, parsed, truncated = false] of cases)
  t.test(name, async (t) => t.strictSame(parse(body, headers), { parsed, truncated }));

const form = { 'content-type': 'application/x-www-form-urlencoded' };

const refused: readonly (readonly [name: string, body: string | Buffer, headers: Record<string, string>])[] = [
  ['malformed JSON', '{"a":', json],
  ['two JSON values', '{}{}', json],
  ['a byte order mark', '\ufeff{}', json],
  ['JSON that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), json],
  ['a content-length that is none', '{}', { ...json, 'content-length': '2,2' }],
  ['a coding that is none', '{}', { ...json, 'content-encoding': 'gzip' }],
  ['a form of 10,001 fields', Array.from({ length: 10_001 }, (_, i) => `k${i}=`).join('&'), form],
  ['a form with a semicolon', 'a;b', form],
];
for (const [name, body, headers] of refused)
  t.test(`${name} is refused`, async (t) => t.throws(() => parse(body, headers), { code: 'policy_error' }));
