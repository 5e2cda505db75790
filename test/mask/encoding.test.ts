import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [{ key: 'ssn', with: 'redact' }];
const encodings = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const;

t.test('an encoded body is masked as it would be decoded, in every framing, however it is cut', async () => {
  const bodies = fc.constantFrom(
    ['application/json', '{"ssn":"078-05-1120","é":[1,2,{"ssn":{}}]}'],
    ['application/x-ndjson', '{"ssn":"078-05-1120"}\n{"é":1}\n'.repeat(50)],
    ['text/event-stream', 'data: {"ssn":"078-05-1120"}\n\n: é\n\n'],
  );
  fc.assert(
    fc.property(
      bodies,
      fc.constantFrom(...encodings),
      fc.array(fc.nat(), { maxLength: 5 }),
      ([type = '', body = ''], [name, encode], cuts) => {
        const expected = through(plan, type, body);
        const bytes = encode(body);
        return (
          through(plan, type, bytes, cuts, name) === expected &&
          through(plan, type, bytes, everywhere(bytes), name) === expected
        );
      },
    ),
    { numRuns: 300 },
  );
});

t.test('an identity that is spelled out is none', async (t) => {
  t.equal(through(plan, 'application/json', '{"ssn":1}', [], 'identity'), '{"ssn":"[masked:ssn]"}');
});

for (const [name, encode] of encodings.slice(3))
  t.test(`a bomb in ${name} is refused`, async (t) => {
    const bomb = encode(Buffer.alloc(20_000_000, 0x20));
    t.throws(() => through(plan, 'application/json', bomb, [100, 1_000], name), { code: 'mask_impossible' });
  });

t.test('a body that compresses well is no bomb', async (t) => {
  const body = JSON.stringify(
    Array.from({ length: 9_000 }, (_, id) => ({ id, ssn: '078-05-1120', note: 'n'.repeat(100) })),
  );
  const bytes = gzipSync(body);
  t.ok(body.length / bytes.length > 30);
  t.equal(through(plan, 'application/json', bytes, [], 'gzip'), through(plan, 'application/json', body));
});

t.test('several encodings, and unknown ones, are refused', async (t) => {
  for (const name of ['gzip, br', 'gzip,gzip', 'compress', 'aws-chunked', ''])
    t.throws(() => through(plan, 'application/json', '{}', [], name), { code: 'mask_impossible' }, name);
});
