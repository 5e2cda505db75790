import * as fc from 'fast-check';
import t from 'tap';
import { parseJson } from '../../plugin/policy/json.ts';
import { inputWriter, readsIn } from '../../plugin/policy/reads.ts';
import type { Json } from '../../plugin/request.ts';

t.test('what is read is kept, with all that is below it, and nothing else is', (t) => {
  const input = { a: { b: { c: 1, d: [2] }, e: 3 }, f: [{ g: 4 }], h: null, i: 'text' };
  for (const [reads, wanted] of [
    [null, input],
    [[], {}],
    [[[]], input],
    [[['a', 'b']], { a: { b: { c: 1, d: [2] } } }],
    [
      [
        ['a', 'b'],
        ['a', 'e'],
        ['a', 'b', 'c'],
      ],
      { a: { b: { c: 1, d: [2] }, e: 3 } },
    ],
    [
      [
        ['a', 'b', 'c'],
        ['a', 'b'],
      ],
      { a: { b: { c: 1, d: [2] } } },
    ],
    [
      [
        ['f', 'g'],
        ['h', 'x'],
        ['i', 'y'],
      ],
      { f: [{ g: 4 }], h: null, i: 'text' },
    ],
    [[['nothing'], ['a', 'nothing']], { a: {} }],
    [[['toString'], ['constructor', 'name']], {}],
    [[['__proto__']], input],
    [[['a', '__proto__', 'x']], { a: input.a }],
  ] as const)
    t.strictSame(JSON.parse(inputWriter(reads)(input)), wanted, JSON.stringify(reads));
  t.end();
});

t.test('whatever a path leads to is the same after trimming', (t) => {
  const name = fc.constantFrom('a', 'b', 'c', '0', '__proto__', 'rawJSON');
  const path = fc.array(name, { maxLength: 4 });
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(1, 'x', null, true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  })).value as fc.Arbitrary<Json>;
  const at = (whole: Json | undefined, names: readonly string[]): unknown =>
    names.reduce<unknown>(
      (here, step) =>
        here !== null && typeof here === 'object' && Object.hasOwn(here, step)
          ? (here as Record<string, unknown>)[step]
          : undefined,
      whole,
    );
  fc.assert(
    fc.property(fc.array(path, { maxLength: 5 }), value, (reads, whole) => {
      const trimmed = JSON.parse(inputWriter(reads)(whole)) as Json;
      return reads.every((one) => JSON.stringify(at(trimmed, one)) === JSON.stringify(at(whole, one)));
    }),
    { numRuns: 1_000 },
  );
  t.end();
});

t.test('texts are written as JSON, whatever is in them', (t) => {
  const write = inputWriter([['a'], ['b', 'c']]);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string({ unit: 'grapheme' }), (a, c) => {
      t.strictSame(JSON.parse(write({ a, b: { c } })), {
        a: a.map((text) => text.toWellFormed()),
        b: { c: c.toWellFormed() },
      });
      return true;
    }),
  );
  const [long] = ['x'.repeat(200)];
  for (const a of ['', '"', '\\', '\n', '\x7f', 'é', '\ud800', long ?? '', [], [[]], [null, true, 1.5, '"'], -0])
    t.strictSame(JSON.parse(write({ a })), JSON.parse(`{"a":${JSON.stringify(a).replace('\\ud800', '\\ufffd')}}`));
  t.equal(
    write({ a: parseJson('12345678901234567890'), b: parseJson('1e999') }),
    '{"a":12345678901234567890,"b":1e999}',
  );
  t.end();
});

t.test('a manifest says it, or nothing, or something that is none', (t) => {
  t.strictSame(readsIn({ countersign: { reads: [['a', 'b']] } }), [['a', 'b']]);
  for (const metadata of [undefined, null, 1, {}, { countersign: {} }, { countersign: 1 }])
    t.equal(readsIn(metadata), null);
  for (const reads of [1, 'a', [1], [['a', 1]], {}, [null]])
    t.throws(() => readsIn({ countersign: { reads } }), TypeError);
  t.end();
});
