import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { operationsOf, partial, pseudonym } from '../../plugin/mask/operators.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';

const partials: readonly [value: string, first: number, last: number, expected: string][] = [
  ['123-45-6789', 0, 4, '***-**-6789'],
  ['4111 1111 1111 1111', 0, 4, '**** **** **** 1111'],
  ['4111111111111111', 6, 4, '411111******1111'],
  ['ann@example.com', 1, 0, 'a**@*******.***'],
  ['1234', 0, 4, '****'],
  ['12', 0, 4, '**'],
  ['', 0, 4, ''],
  ['--', 0, 4, '--'],
  ['größe', 0, 2, '***ße'],
  ['😀😀a', 0, 1, '**a'],
  ['a"b\n', 0, 1, '***\n'],
];
for (const [value, first, last, expected] of partials)
  t.test(`partial of ${JSON.stringify(value)}`, async (t) => t.equal(partial(value, first, last), expected));

t.test('partial shows no more than it keeps, and never the value', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(5), fc.nat(5), (value, first, last) => {
      const masked = [...partial(value, first, last)];
      const points = [...value];
      const shown = points.filter(
        (point, i) => masked[i] === point && point !== '*' && !' -._/:,;()+@'.includes(point),
      );
      return masked.length === points.length && shown.length <= first + last && shown.length <= points.length;
    }),
  );
});

t.test('a pseudonym is bound to key, rule and value', async (t) => {
  const key = Buffer.alloc(32, 1);
  const mac = createHmac('sha256', key).update('1:r\0value').digest().subarray(0, 16);
  t.equal(pseudonym('value', 'r', key), `h_${mac.toString('base64url')}`);
  t.match(pseudonym('value', 'r', key), /^h_[A-Za-z0-9_-]{22}$/);
  const all = [
    pseudonym('value', 'r', key),
    pseudonym('value', 'r', Buffer.alloc(32, 2)),
    pseudonym('value', 'r2', key),
    pseudonym('value2', 'r', key),
    pseudonym('\0value', 'r', key),
    pseudonym('value', 'r\0', key),
  ];
  t.equal(new Set(all).size, all.length);
});

t.test('the operations of a plan are made once for its keys', async (t) => {
  const plan = compilePlan(parsePlan([{ key: 'a', with: 'hash' }]));
  const keys = { default: Buffer.alloc(32, 1) };
  const operations = operationsOf(plan, keys);
  t.equal(operationsOf(plan, keys), operations);
  const others = operationsOf(plan, { default: Buffer.alloc(32, 2) });
  t.not(others[0]?.replace('x').toString(), operations[0]?.replace('x').toString());
  t.throws(() => operationsOf(plan, {}), { code: 'mask_invalid' });
});

t.test('what takes no decoding becomes the same without', async () => {
  const operationFor = (first: number, last: number) =>
    operationsOf(
      compilePlan(
        parsePlan([
          {
            key: 'a',
            with: 'partial',
            ...(first > 0 ? { keep_first: first } : {}),
            ...(last > 0 ? { keep_last: last } : {}),
          },
        ]),
      ),
      {},
    )[0];
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.stringMatching(/^[0-9 .-]*$/),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(value, fc.nat(5), fc.integer({ min: 1, max: 5 }), (value, first, last) => {
      const operation = operationFor(first, last);
      const text = Buffer.from(`,${JSON.stringify(value)},`);
      const plain = operation?.replacePlain(text, 1, text.length - 1) ?? null;
      const decodes = /[^ -~]|[\\"]/.test(String(value));
      return plain === null ? decodes : plain.equals(operation?.replace(String(value)) ?? Buffer.alloc(0)) && !decodes;
    }),
    { numRuns: 1_000 },
  );
});
