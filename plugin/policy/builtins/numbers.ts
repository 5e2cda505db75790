import { randomInt } from 'node:crypto';
import type { Json } from '../../request.ts';
import { integerOf, jsonInteger } from '../json.ts';
import { type Builtin, integerOperand, stringOperand } from './operand.ts';

function bigOperand(value: Json | undefined): bigint {
  const integer = integerOf(value);
  if (integer === undefined) throw new TypeError('expected an integer');
  return integer;
}

const rangeStep: Builtin = (args, { charge }) => {
  const [from = 0n, to = 0n, step = 0n] = args.map(bigOperand);
  if (step <= 0n) throw new TypeError('expected a positive step');
  const distance = (to < from ? from - to : to - from) / step;
  charge(Number(distance) * 20);
  const signed = to < from ? -step : step;
  return Array.from({ length: Number(distance) + 1 }, (_, i) => jsonInteger(from + BigInt(i) * signed));
};

/** Once per evaluation and arguments, so that a policy sees one value. */
const intn: Builtin = ([text, limit], { once }) => {
  const below = Math.abs(integerOperand(limit));
  return below === 0 ? 0 : once(`rand.intn ${stringOperand(text)} ${below}`, () => randomInt(below));
};

/** `numbers.range_step` and `rand.intn`. */
export const numbers = { 'numbers.range_step': rangeStep, 'rand.intn': intn } satisfies Record<string, Builtin>;
