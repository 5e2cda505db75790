import fc from 'fast-check';
import t from 'tap';
import { jsonToStruct, readMetadata, readStruct } from '../../../plugin/envoy/translate/struct.ts';
import { wire } from '../../../plugin/envoy/wire/wire.js';
import { encode } from '../wire.ts';

t.test('any object survives the wire', async () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>);
  fc.assert(
    fc.property(objects, (object) => {
      const bytes = wire.Struct.encode(jsonToStruct(object)).finish();
      const back = readStruct(bytes);
      const plain = JSON.stringify(object, (_, value) => (Object.is(value, -0) ? 0 : value));
      return JSON.stringify(sorted(JSON.parse(JSON.stringify(back)))) === JSON.stringify(sorted(JSON.parse(plain)));
    }),
    { numRuns: 200 },
  );
});

/** Members in one order: integer-like names go first in any JavaScript object. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

t.test('a member named __proto__ is a member', async (t) => {
  const object = JSON.parse('{"__proto__": {"admin": true}}');
  const back = readStruct(wire.Struct.encode(jsonToStruct(object)).finish());
  t.same(Object.keys(back), ['__proto__']);
  t.equal((back as { admin?: unknown }).admin, undefined);
});

t.test('numbers that JSON does not have are words, as in Go', async (t) => {
  for (const [number, word] of [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ] as const)
    t.equal(readStruct(structOf({ x: { numberValue: number } })).x, word);
  t.same(readStruct(Buffer.alloc(0)), {});
  t.same(readStruct(structOf({ x: {}, y: { nullValue: 0 } })), { x: null, y: null });
});

const structOf = (fields: Record<string, object>) => wire.Struct.encode({ fields }).finish();

t.test('what is cut, or altered anywhere, is read as something or is an error, and never takes long', (t) => {
  const whole = structOf({
    a: { listValue: { values: [{ stringValue: 'x' }, { structValue: { fields: { b: { boolValue: true } } } }] } },
    n: { numberValue: 1.5 },
  });
  const read = (bytes: Uint8Array) => {
    try {
      return typeof readStruct(bytes) === 'object';
    } catch (error) {
      return error instanceof Error;
    }
  };
  for (let at = 1; at < whole.length; at++) {
    const cut = whole.subarray(0, at);
    // A cut between two members leaves the first of them.
    t.ok(read(cut));
    for (const byte of [0, 0x7f, 0xff]) t.ok(read(Uint8Array.from(whole, (old, index) => (index === at ? byte : old))));
  }
  t.end();
});

t.test('nesting without end is an error', (t) => {
  let value: object = { boolValue: true };
  for (let depth = 0; depth < 60; depth++) value = { structValue: { fields: { x: value } } };
  t.throws(() => readStruct(structOf({ x: value })), /depth/);
  t.end();
});

t.test('metadata has what each filter left, and nothing that is newer than we are', (t) => {
  const bytes = encode('Metadata', {
    filterMetadata: { jwt: { fields: { sub: { stringValue: 'ada' } } }, empty: {} },
    typedFilterMetadata: { other: { type_url: 'example.com/x', value: Buffer.from([1]) } },
  });
  t.same(readMetadata(Buffer.concat([bytes, Buffer.from([0x22, 1, 0])])), {
    filterMetadata: { jwt: { sub: 'ada' }, empty: {} },
    typedFilterMetadata: { other: { typeUrl: 'example.com/x', value: 'AQ==' } },
  });
  t.same(readMetadata(Buffer.alloc(0)), {});
  t.end();
});
