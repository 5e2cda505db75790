import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import { decodeContent } from '../../plugin/policy/encoding.ts';

const body = Buffer.from('{"a":1}');

const cases: readonly (readonly [coding: string, bytes: Buffer])[] = [
  ['', body],
  ['identity', body],
  ['gzip', gzipSync(body)],
  ['X-GZIP', gzipSync(body)],
  ['deflate', deflateSync(body)],
  ['br', brotliCompressSync(body)],
  ['zstd', zstdCompressSync(body)],
  ['br, gzip', gzipSync(brotliCompressSync(body))],
];
for (const [coding, bytes] of cases)
  t.test(`"${coding}" is taken off`, async (t) => t.equal(decodeContent(bytes, coding).toString(), '{"a":1}'));

const refused: readonly (readonly [name: string, coding: string, bytes: Buffer])[] = [
  ['an unknown coding', 'compress', body],
  ['a member of Object.prototype', 'constructor', body],
  ['bytes that are not coded so', 'gzip', body],
  ['a truncated stream', 'gzip', gzipSync(body).subarray(0, -4)],
  ['a bomb', 'gzip', gzipSync(Buffer.alloc(9 * 1_048_576))],
  ['a tower of codings', 'identity,identity,identity,identity', body],
];
for (const [name, coding, bytes] of refused)
  t.test(`${name} is refused`, async (t) => t.throws(() => decodeContent(bytes, coding), { code: 'policy_error' }));
