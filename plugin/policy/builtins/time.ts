import type { Json } from '../../request.ts';
import { integerOf, jsonInteger } from '../json.ts';
import { readTime, writeTime } from './layout.ts';
import { type Builtin, integerOperand, stringOperand } from './operand.ts';
import { instantOf, utcSeconds, wallClock } from './zone.ts';

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

interface Instant {
  /** Nanoseconds since 1970. */
  readonly ns: bigint;
  /** IANA name; '' is UTC. */
  readonly zone: string;
  readonly layout: string;
}

/** Nanoseconds, or [nanoseconds, zone, layout] of which the last two may be left out. @throws TypeError */
function instant(value: Json | undefined): Instant {
  const [first, zone = '', layout = ''] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const ns = integerOf(first);
  if (ns === undefined || ns !== BigInt.asIntN(64, ns)) throw new TypeError('expected nanoseconds');
  return { ns, zone: stringOperand(zone), layout: stringOperand(layout) };
}

const billion = 1_000n * million;

/** Whole seconds since 1970, and the nanoseconds after them. */
function seconds(ns: bigint): readonly [whole: number, rest: number] {
  const rest = ((ns % billion) + billion) % billion;
  return [Number((ns - rest) / billion), Number(rest)];
}

/** The wall clock as if it were UTC. */
function wall({ ns, zone }: Instant): Date {
  return new Date(wallClock(seconds(ns)[0], zone).seconds * 1_000);
}

function fields(read: (date: Date) => Json): Builtin {
  return ([value]) => read(wall(instant(value)));
}

function write(value: Json | undefined): string {
  const given = instant(value);
  const [whole, rest] = seconds(given.ns);
  const clock = wallClock(whole, given.zone);
  return writeTime(given.layout || 'RFC3339Nano', {
    date: new Date(clock.seconds * 1_000),
    nanoseconds: rest,
    offset: clock.offset,
    utc: given.zone === '' || given.zone === 'UTC',
  });
}

/** Go's `Time.AddDate`: the calendar carries over, the wall clock stays. */
const addDate: Builtin = ([value, years, months, days]) => {
  const given = instant(value);
  const date = wall(given);
  const moved = utcSeconds(
    date.getUTCFullYear() + integerOperand(years),
    date.getUTCMonth() + 1 + integerOperand(months),
    date.getUTCDate() + integerOperand(days),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  );
  return nanoseconds(BigInt(instantOf(moved, given.zone)) * billion + BigInt(seconds(given.ns)[1]));
};

/** Years, months, days, hours, minutes and seconds between two times, in the zone of the first. */
const diff: Builtin = ([one, other]) => {
  const [a, b] = [instant(one), instant(other)];
  const [early, late] = a.ns > b.ns ? [b.ns, a.ns] : [a.ns, b.ns];
  const [from, to] = [early, late].map((ns) => wall({ ...a, ns })) as [Date, Date];
  const parts = (date: Date) => [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  const start = parts(from);
  const between = parts(to).map((part, i) => part - (start[i] ?? 0));
  const monthDays = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 0)).getUTCDate();
  const sizes = [0, 12, monthDays, 24, 60, 60];
  for (let i = 5; i > 0; i--) {
    const part = between[i] ?? 0;
    if (part >= 0) continue;
    between[i] = part + (sizes[i] ?? 0);
    between[i - 1] = (between[i - 1] ?? 0) - 1;
  }
  return between;
};

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** `time.*`. */
export const time = {
  'time.now_ns': (_, { now }) => jsonInteger(now),
  'time.parse_rfc3339_ns': ([text]) => nanoseconds(parseRfc3339(stringOperand(text))),
  'time.parse_ns': ([layout, text]) => nanoseconds(readTime(stringOperand(layout), stringOperand(text))),
  'time.parse_duration_ns': ([text]) => nanoseconds(parseDuration(stringOperand(text))),
  'time.format': ([value]) => write(value),
  'time.date': fields((date) => [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]),
  'time.clock': fields((date) => [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]),
  'time.weekday': fields((date) => weekdays[date.getUTCDay()] ?? ''),
  'time.add_date': addDate,
  'time.diff': diff,
} satisfies Record<string, Builtin>;
