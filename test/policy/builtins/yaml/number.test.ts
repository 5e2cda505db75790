import t from 'tap';
import { yamlNumber } from '../../../../plugin/policy/builtins/yaml/number.ts';

const numbers: readonly (readonly [source: string, value: bigint | number | undefined])[] = [
  ['0', 0n],
  ['-7', -7n],
  ['+1_000', 1_000n],
  ['0x1F', 31n],
  ['-0b11', -3n],
  ['0o17', 15n],
  ['017', 15n],
  ['09', 9],
  ['18446744073709551615', 18446744073709551615n],
  ['18446744073709551616', 2 ** 64],
  ['-9223372036854775809', -(2 ** 63)],
  ['.5', 0.5],
  ['1.', 1],
  ['1e3', 1_000],
  ['1e999', Number.POSITIVE_INFINITY],
  ['1e', undefined],
  ['0x', undefined],
  ['0o8', undefined],
  ['-', undefined],
  ['.', undefined],
  ['', undefined],
  ['_1', undefined],
  ['a', undefined],
  ['1 2', undefined],
];
for (const [source, value] of numbers)
  t.test(`${JSON.stringify(source)} is ${value ?? 'no number'}`, async (t) => t.equal(yamlNumber(source), value));
