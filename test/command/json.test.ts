import fc from 'fast-check';
import t from 'tap';
import { foldedKey, readStrictJson } from '../../plugin/command/json.ts';

const read = (text: string | Uint8Array) => readStrictJson(Buffer.from(text as string));

t.test('whatever is written as JSON is read back', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      const result = read(text);
      // Generated objects may have keys that differ in case only.
      return 'reason' in result
        ? /twice/.test(result.reason)
        : JSON.stringify(result.value) === JSON.stringify(JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

t.test('a text that JSON.parse refuses is refused', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\ue01-.aE \n\u0001') }), (text) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return 'reason' in read(text);
      }
    }),
    { numRuns: 1_000 },
  );
});

t.test('what parsers read differently is refused (threat 9)', async (t) => {
  const rows: [string, string | Uint8Array, RegExp][] = [
    ['a member twice', '{"sql":"SELECT 1","sql":"DROP TABLE t"}', /twice/],
    ['twice, one escaped', '{"sql":"SELECT 1","\\u0073ql":"DROP TABLE t"}', /twice/],
    ['twice but for case', '{"sql":"SELECT 1","SQL":"DROP TABLE t"}', /twice/],
    ['twice, with a long s', '{"sql":"SELECT 1","ſql":"DROP TABLE t"}', /twice/],
    ['twice, with a Kelvin sign', '{"k":1,"\u212a":2}', /twice/],
    ['twice, deeper', '{"a":[{"b":1,"b":2}]}', /twice/],
    ['a byte order mark', '\ufeff{"sql":"SELECT 1"}', /byte order mark/],
    ['UTF-16', Buffer.from('{"sql":"SELECT 1"}', 'utf16le'), /not JSON/],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0xa2, 0x22]), /UTF-8/],
    ['a second value', '{"sql":"SELECT 1"}{"sql":"DROP TABLE t"}', /goes on/],
    ['trailing data', '{"sql":"SELECT 1"} x', /goes on/],
    ['a NUL behind it', '{"sql":"SELECT 1"}\0', /goes on/],
    ['a comment', '{"sql":"SELECT 1" /* */}', /not JSON/],
    ['a trailing comma', '{"sql":"SELECT 1",}', /not JSON/],
    ['single quotes', "{'sql':'SELECT 1'}", /not JSON/],
    ['NaN', '{"a":NaN}', /not JSON/],
    ['a leading zero', '{"a":01}', /not JSON/],
    ['nothing', '', /not JSON/],
    ['too deep', `${'['.repeat(100)}${']'.repeat(100)}`, /deeper/],
  ];
  for (const [name, text, reason] of rows) t.match(read(text), { reason }, name);
});

t.test('a member called __proto__ is a member', async (t) => {
  const result = read('{"__proto__":{"sql":"x"}}');
  t.equal('value' in result && Object.hasOwn(result.value as object, '__proto__'), true);
  t.equal(foldedKey('SQL'), foldedKey('ſql'));
});
