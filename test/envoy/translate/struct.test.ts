import fc from 'fast-check';
import t from 'tap';
import { jsonToStruct, structToJson } from '../../../plugin/envoy/translate/struct.ts';
import { wire } from '../../../plugin/envoy/wire/wire.js';

t.test('any object survives the wire', async () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>);
  fc.assert(
    fc.property(objects, (object) => {
      const bytes = wire.Struct.encode(jsonToStruct(object)).finish();
      const back = structToJson(wire.Struct.decode(bytes));
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
  const back = structToJson(wire.Struct.decode(wire.Struct.encode(jsonToStruct(object)).finish()));
  t.same(Object.keys(back), ['__proto__']);
  t.equal((back as { admin?: unknown }).admin, undefined);
});

t.test('numbers that JSON does not have are words, as in Go', async (t) => {
  for (const [number, word] of [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ] as const)
    t.equal(structToJson({ fields: { x: { numberValue: number } } }).x, word);
  t.same(structToJson(undefined), {});
  t.same(structToJson({ fields: { x: {} } }), { x: null });
});
