import type { Json } from '../../request.ts';
import { integerOf, jsonInteger } from '../json.ts';
import { type Builtin, stringOperand } from './operand.ts';

const million = 1_000_000n;

/** Go's `time.Time` in nanoseconds reaches from 1677 to 2262. */
function nanoseconds(value: bigint): Json {
  if (value !== BigInt.asIntN(64, value)) throw new RangeError('the time is outside of what 64 bits hold');
  return jsonInteger(value);
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** @throws TypeError for what RFC 3339 does not allow, the 30th of February included */
function parseRfc3339(text: string): bigint {
  const match = rfc3339.exec(text);
  if (!match) throw new TypeError('expected an RFC 3339 time');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, ...number[]];
  const date = new Date(0);
  date.setUTCFullYear(year, (month ?? 0) - 1, day);
  date.setUTCHours(hour ?? 0, minute, second);
  if (date.toISOString().slice(0, 19) !== text.slice(0, 19)) throw new TypeError('expected a date that exists');
  const [hours, minutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hours > 24 || minutes > 60) throw new TypeError('expected an offset within a day');
  const offset = (hours * 60 + minutes) * 60_000 * (match[8] === '-' ? -1 : 1);
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return BigInt(date.getTime() - offset) * million + fraction;
}

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: million,
  s: 1_000n * million,
  m: 60_000n * million,
  h: 3_600_000n * million,
  d: 86_400_000n * million,
  w: 604_800_000n * million,
  y: 31_536_000_000n * million,
};

/** Go's `time.ParseDuration` with OPA's `d`, `w` and `y`. @throws TypeError */
function parseDuration(text: string): bigint {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const rest = text.slice(sign.length);
  if (rest === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+$/u.test(rest))
    throw new TypeError('expected a duration');
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)\.?(\d*)([^\d.]+)/gu)) {
    const scale = unitNanoseconds[unit] ?? 0n;
    total += BigInt(whole || 0) * scale + (BigInt(fraction || 0) * scale) / 10n ** BigInt(fraction.length);
  }
  return sign === '-' ? -total : total;
}

/** Wall-clock fields of nanoseconds, or of [nanoseconds, IANA zone]; '' is UTC. */
function fields(value: Json | undefined): Readonly<Record<string, string>> {
  const [instant, zone = ''] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const ns = integerOf(instant);
  if (ns === undefined) throw new TypeError('expected nanoseconds');
  const milliseconds = Number(ns / million) - (ns < 0n && ns % million !== 0n ? 1 : 0);
  const name = stringOperand(zone);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name === '' ? 'UTC' : name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    weekday: 'long',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return Object.fromEntries(format.formatToParts(milliseconds).map((part) => [part.type, part.value]));
}

function numbers(...names: string[]): Builtin {
  return ([value]) => {
    const parts = fields(value);
    return names.map((name) => Number(parts[name]));
  };
}

/** `time.*` but for layouts and calendar sums. */
export const time = {
  'time.now_ns': (_, { now }) => jsonInteger(now),
  'time.parse_rfc3339_ns': ([text]) => nanoseconds(parseRfc3339(stringOperand(text))),
  'time.parse_duration_ns': ([text]) => nanoseconds(parseDuration(stringOperand(text))),
  'time.date': numbers('year', 'month', 'day'),
  'time.clock': numbers('hour', 'minute', 'second'),
  'time.weekday': ([value]) => fields(value).weekday,
} satisfies Record<string, Builtin>;
