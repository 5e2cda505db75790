import type { Json } from '../../request.ts';
import { jsonInteger } from '../json.ts';
import { type Builtin, stringOperand } from './operand.ts';

/** An exact decimal: numerator over denominator. */
interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

const powers = ['k', 'm', 'g', 't', 'p', 'e'];

/** Bytes by unit: `k` and `kb` are 1,000, `ki` and `kib` are 1,024. */
const byteUnits = new Map<string, bigint>([
  ['', 1n],
  ...powers.flatMap((letter, i): [string, bigint][] => [
    [letter, 1_000n ** BigInt(i + 1)],
    [`${letter}b`, 1_000n ** BigInt(i + 1)],
    [`${letter}i`, 1_024n ** BigInt(i + 1)],
    [`${letter}ib`, 1_024n ** BigInt(i + 1)],
  ]),
]);

/** `m` is a thousandth, as Go's nearest double to it; `M` a million. */
const milli: Ratio = { over: 1_152_921_504_606_847n, under: 2n ** 60n };

/** Number and unit. @throws TypeError for white space, and for an exponent of more than six digits */
function split(text: string): readonly [amount: Ratio, unit: string] {
  const [, whole = '', fraction = '', exponent = '0', unit = ''] =
    /^([+-]?[0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]{1,6})(?![0-9]))?([^0-9 ][^ ]*)?$/.exec(text) ?? [];
  if (!/[0-9]/.test(whole + fraction)) throw new TypeError('expected a number with a unit');
  const scale = Number(exponent) - fraction.length;
  // A power of ten of 6 digits is a number of 400 KB, and nobody has such a quantity.
  if (Math.abs(scale) > 1_000) throw new TypeError('the exponent is too large');
  const sign = whole.startsWith('-') ? -1n : 1n;
  const digits = sign * BigInt(`${whole.replace(/^[+-]/, '')}${fraction}`);
  const ratio =
    scale < 0 ? { over: digits, under: 10n ** BigInt(-scale) } : { over: digits * 10n ** BigInt(scale), under: 1n };
  return [ratio, unit];
}

function times(a: Ratio, b: Ratio): Ratio {
  return { over: a.over * b.over, under: a.under * b.under };
}

function unitOf(unit: string): Ratio {
  const spelled = unit.slice(0, 1) + unit.slice(1).toLowerCase();
  if (spelled === 'm') return milli;
  const factor = spelled.endsWith('b') ? undefined : byteUnits.get(spelled.toLowerCase());
  if (factor === undefined) throw new TypeError('expected a unit');
  return { over: factor, under: 1n };
}

/** Go's `big.Rat`: an integer, or ten decimals, rounded half away from zero. */
function write({ over, under }: Ratio): Json {
  if (over % under === 0n) return jsonInteger(over / under);
  const size = over < 0n ? -over : over;
  const scaled = (size * 10n ** 10n * 2n + under) / (under * 2n);
  const digits = String(scaled).padStart(11, '0');
  return Number(`${over < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`);
}

/** `units.*`. */
export const units = {
  'units.parse': ([text]) => {
    const [amount, unit] = split(stringOperand(text).replaceAll('"', ''));
    return write(times(amount, unitOf(unit)));
  },
  'units.parse_bytes': ([text]) => {
    const [{ over, under }, unit] = split(stringOperand(text).toLowerCase().replaceAll('"', ''));
    const factor = byteUnits.get(unit);
    if (factor === undefined) throw new TypeError('expected a unit of bytes');
    return jsonInteger((over * factor) / under);
  },
} satisfies Record<string, Builtin>;
