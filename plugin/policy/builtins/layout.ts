import { utcSeconds } from './zone.ts';

/** What a layout writes of a time. */
interface Moment {
  /** The wall clock as if it were UTC. */
  readonly date: Date;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
  /** Seconds east of UTC. */
  readonly offset: number;
  readonly utc: boolean;
}

/** Names that OPA knows for Go's layouts. */
const named = new Map([
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UnixDate', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339Nano', '2006-01-02T15:04:05.999999999Z07:00'],
]);

/** The elements of https://pkg.go.dev/time#Layout, the longer before what they begin with. */
const elements =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|__2|_2(?!006)|2006|15|[1-5]|PM|pm|[-Z]07(?::00(?::00)?|00(?:00)?)?|[.,](?:0+|9+)(?![0-9])/g;

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The text between elements, and the elements, in turn. */
function split(layout: string): readonly (readonly [literal: string, element: string])[] {
  const text = named.get(layout) ?? layout;
  let at = 0;
  const parts = [...text.matchAll(elements)].map(({ 0: element, index }): readonly [string, string] => {
    const literal = text.slice(at, index);
    at = index + element.length;
    return [literal, element];
  });
  return [...parts, [text.slice(at), '']];
}

function dayOfYear(date: Date): number {
  return (
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
      86_400_000 +
    1
  );
}

const padded = (value: number, width = 2, fill = '0') => String(value).padStart(width, fill);
const twelve = (hour: number) => hour % 12 || 12;

const writers = new Map<string, (moment: Moment) => string>([
  ['', () => ''],
  ['January', ({ date }) => months[date.getUTCMonth()] ?? ''],
  ['Jan', ({ date }) => (months[date.getUTCMonth()] ?? '').slice(0, 3)],
  ['Monday', ({ date }) => days[date.getUTCDay()] ?? ''],
  ['Mon', ({ date }) => (days[date.getUTCDay()] ?? '').slice(0, 3)],
  ['1', ({ date }) => String(date.getUTCMonth() + 1)],
  ['01', ({ date }) => padded(date.getUTCMonth() + 1)],
  ['2', ({ date }) => String(date.getUTCDate())],
  ['02', ({ date }) => padded(date.getUTCDate())],
  ['_2', ({ date }) => padded(date.getUTCDate(), 2, ' ')],
  ['002', ({ date }) => padded(dayOfYear(date), 3)],
  ['__2', ({ date }) => padded(dayOfYear(date), 3, ' ')],
  ['15', ({ date }) => padded(date.getUTCHours())],
  ['3', ({ date }) => String(twelve(date.getUTCHours()))],
  ['03', ({ date }) => padded(twelve(date.getUTCHours()))],
  ['4', ({ date }) => String(date.getUTCMinutes())],
  ['04', ({ date }) => padded(date.getUTCMinutes())],
  ['5', ({ date }) => String(date.getUTCSeconds())],
  ['05', ({ date }) => padded(date.getUTCSeconds())],
  ['06', ({ date }) => padded(date.getUTCFullYear() % 100)],
  ['2006', ({ date }) => padded(date.getUTCFullYear(), 4)],
  ['PM', ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['pm', ({ date }) => (date.getUTCHours() < 12 ? 'am' : 'pm')],
  ['MST', abbreviation],
]);

function abbreviation({ utc }: Moment): string {
  if (utc) return 'UTC';
  throw new RangeError('the abbreviations of zones are not known here');
}

function writeOffset(element: string, { offset }: Moment): string {
  if (element.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const fields = [Math.floor(size / 3_600), Math.floor(size / 60) % 60, size % 60].map((field) => padded(field));
  const digits = element.replace(/[^0-9]/g, '').length / 2;
  return `${offset < 0 ? '-' : '+'}${fields.slice(0, digits).join(element.includes(':') ? ':' : '')}`;
}

function writeFraction(element: string, { nanoseconds }: Moment): string {
  const digits = padded(nanoseconds, 9).slice(0, element.length - 1);
  const kept = element[1] === '9' ? digits.replace(/0+$/, '') : digits;
  return kept === '' ? '' : `${element[0]}${kept}`;
}

/** Go's `Time.Format`. @throws RangeError for `MST` in a zone other than UTC */
export function writeTime(layout: string, moment: Moment): string {
  const write = (element: string): string => {
    const writer = writers.get(element);
    if (writer) return writer(moment);
    return /^[.,]/.test(element) ? writeFraction(element, moment) : writeOffset(element, moment);
  };
  return split(layout)
    .map(([literal, element]) => literal + write(element))
    .join('');
}

const names = (list: readonly string[], length?: number) => `(${list.map((name) => name.slice(0, length)).join('|')})`;
const two = '([0-9]{2})';
const oneOrTwo = '([0-9]{1,2})';

/** What an element matches, and which field it is: the last of a kind counts. */
const readers = new Map<string, readonly [field: string, pattern: string]>([
  ['January', ['month', names(months)]],
  ['Jan', ['month', names(months, 3)]],
  ['Monday', ['weekday', names(days)]],
  ['Mon', ['weekday', names(days, 3)]],
  ['1', ['month', oneOrTwo]],
  ['01', ['month', two]],
  ['2', ['day', oneOrTwo]],
  ['_2', ['day', ` ?${oneOrTwo}`]],
  ['02', ['day', two]],
  ['15', ['hour', oneOrTwo]],
  ['3', ['twelve', oneOrTwo]],
  ['03', ['twelve', two]],
  ['4', ['minute', oneOrTwo]],
  ['04', ['minute', two]],
  ['5', ['second', oneOrTwo]],
  ['05', ['second', two]],
  ['06', ['short', two]],
  ['2006', ['year', '([0-9]{4})']],
  ['PM', ['half', '(AM|PM)']],
  ['pm', ['half', '(am|pm)']],
  ['MST', ['abbreviation', '(GMT[+-][0-9]{1,2}|[A-Z]{3,4}T?|[+-][0-9]{2})']],
]);

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/ +/g, ' *');

function readerOf(element: string): readonly [field: string, pattern: string] {
  const known = readers.get(element);
  if (known) return known;
  if (/^[.,]0/.test(element)) return ['fraction', `[.,]([0-9]{${element.length - 1}})`];
  if (/^[.,]9/.test(element)) return ['fraction', '(?:[.,]([0-9]+))?'];
  if (!/07/.test(element)) throw new TypeError('a layout with a day of the year is not read here');
  const colon = element.includes(':') ? ':' : '';
  const fields = element.replace(/[^0-9]/g, '').length / 2;
  const signed = `[+-]${Array.from({ length: fields }, () => '[0-9]{2}').join(colon)}`;
  return ['offset', element.startsWith('Z') ? `(Z|${signed})` : `(${signed})`];
}

function readOffset(text: string): number {
  if (text === '' || text === 'Z') return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (text.match(/[0-9]{2}/g) ?? []).map(Number);
  if (hours > 24 || minutes > 60 || seconds > 60) throw new RangeError('expected an offset within a day');
  return (hours * 3_600 + minutes * 60 + seconds) * (text.startsWith('-') ? -1 : 1);
}

function hourOf({ hour, twelve: ofTwelve, half }: Readonly<Record<string, string>>): number {
  const value = Number(hour ?? ofTwelve ?? 0);
  if (value > (hour === undefined ? 12 : 23)) throw new RangeError('expected an hour of a day');
  if (half === undefined) return value;
  return half.toUpperCase() === 'PM' ? (value < 12 ? value + 12 : value) : value === 12 ? 0 : value;
}

function monthOf(text: string): number {
  if (/^[0-9]/.test(text)) return Number(text);
  return months.findIndex((name) => name.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()) + 1;
}

function yearOf({ year, short }: Readonly<Record<string, string>>): number {
  if (year !== undefined || short === undefined) return Number(year ?? 0);
  return Number(short) + (Number(short) >= 69 ? 1_900 : 2_000);
}

/** Go's `time.Parse`: nanoseconds since 1970. @throws TypeError, RangeError for what the layout does not describe */
export function readTime(layout: string, text: string): bigint {
  const kinds: string[] = [];
  const parts = split(layout);
  const pattern = parts.map(([before, element], i) => {
    if (element === '') return literal(before);
    const [field, source] = readerOf(element);
    kinds.push(field);
    if (field !== 'second' || /^[.,]/.test(parts[i + 1]?.[1] ?? '')) return literal(before) + source;
    // A fraction of the second is read where the layout has none.
    kinds.push('fraction');
    return `${literal(before)}${source}(?:[.,]([0-9]+))?`;
  });
  const found = new RegExp(`^${pattern.join('')}$`, 'i').exec(text);
  if (!found) throw new TypeError('expected a time of that layout');
  const fields: Record<string, string> = {};
  for (const [i, kind] of kinds.entries()) if (found[i + 1] !== undefined) fields[kind] = found[i + 1] ?? '';
  return instantOf(fields);
}

function instantOf(fields: Readonly<Record<string, string>>): bigint {
  const [year, month, day] = [yearOf(fields), monthOf(fields.month ?? '1'), Number(fields.day ?? 1)];
  const [minute, second] = [Number(fields.minute ?? 0), Number(fields.second ?? 0)];
  if (minute > 59 || second > 59 || month < 1 || month > 12) throw new RangeError('expected a time of a day');
  const seconds = utcSeconds(year, month, day, hourOf(fields), minute, second);
  if (day < 1 || new Date(seconds * 1_000).getUTCDate() !== day) throw new RangeError('expected a date that exists');
  // An abbreviation says nothing to Go's time.Parse: it does not know which zone of that name is meant.
  const offset = readOffset(fields.offset ?? '');
  return BigInt(seconds - offset) * 1_000_000_000n + BigInt((fields.fraction ?? '').slice(0, 9).padEnd(9, '0'));
}
