import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { partial, pseudonym } from '../../plugin/mask/operators.ts';

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
