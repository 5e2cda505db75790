import t from 'tap';
import { writeTime } from '../../../plugin/policy/builtins/layout.ts';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const layouts = [
  ...[
    'ANSIC',
    'UnixDate',
    'RubyDate',
    'RFC822',
    'RFC822Z',
    'RFC850',
    'RFC1123',
    'RFC1123Z',
    'RFC3339',
    'RFC3339Nano',
    '',
  ],
  ...['2006-01-02', '_2 January 06', '3:4:5 pm', '03:04PM', '15h04m05.000s', '05.999', '05,999999', '.00 .000000000'],
  ...[
    'Monday Mon',
    'Monument Janus',
    '002 __2',
    '-07 -0700 -07:00 -070000 -07:00:00',
    'Z07 Z0700 Z07:00',
    '_2006',
    '1/2',
    '2006010215',
  ],
];
const moments = ['1700000000123456789', '0', '1709164800000000000', '-1', '1700000000120000000'];

t.test('times are written as opa writes them', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    [
      ...layouts.flatMap((layout) => moments.map((ns) => `time.format([${ns}, "UTC", "${layout}"])`)),
      ...layouts
        .filter((layout) => !/MST|UnixDate|RFC822$|RFC850|RFC1123$/.test(layout))
        .map((layout) => `time.format([1700000000120000000, "Asia/Kathmandu", "${layout}"])`),
      'time.format(1700000000000000000)',
      'time.format(input.one)',
      'time.format([1700000000000000000, "America/New_York"])',
      'time.format(input.text)',
    ],
    { one: [1_700_000_000], text: 'x' },
  );
});

const texts: readonly (readonly [layout: string, text: string])[] = [
  ['2006-01-02', '2024-02-29'],
  ['2006-01-02', '2023-02-29'],
  ['2006-01-02', '2023-2-9'],
  ['2006-1-2', '2023-2-9'],
  ['2006-1-2', '2023-02-09'],
  ['2006-01-02', '2023-01-02x'],
  ['2006-01-02', '2023-13-02'],
  ['2006-01-02', '2023-01-00'],
  ['RFC3339', '2023-11-14T22:13:20Z'],
  ['RFC3339', '2023-11-14T22:13:20.123456789123+05:45'],
  ['RFC3339', '2023-11-14T25:13:20Z'],
  ['RFC3339', '2023-11-14T22:60:20Z'],
  ['RFC3339Nano', '2023-11-14T22:13:20.5-08:00'],
  ['RFC1123', 'Tue, 14 Nov 2023 22:13:20 GMT'],
  ['RFC1123', 'Tue, 14 Nov 2023 22:13:20 GMT+3'],
  ['RFC1123', 'Tue, 14 Nov 2023 22:13:20 CEST'],
  ['RFC1123Z', 'tue, 14 NOV 2023 22:13:20 -0700'],
  ['RFC850', 'Tuesday, 14-Nov-23 22:13:20 UTC'],
  ['RFC822', '14 Nov 69 22:13 UTC'],
  ['RFC822', '14 Nov 68 22:13 UTC'],
  ['ANSIC', 'Tue Nov  7 22:13:20 2023'],
  ['ANSIC', 'Tue Nov 14 22:13:20 2023'],
  ['UnixDate', 'Tue Nov 14 22:13:20 UTC 2023'],
  ['2006-01-02 3:04PM', '2023-11-14 9:05PM'],
  ['2006-01-02 3:04PM', '2023-11-14 12:05AM'],
  ['2006-01-02 3:04PM', '2023-11-14 13:05AM'],
  ['2006-01-02 15:04:05.000', '2023-11-14 22:13:20.123'],
  ['2006-01-02 15:04:05.000', '2023-11-14 22:13:20.12'],
  ['2006-01-02 15:04:05,999', '2023-11-14 22:13:20'],
  ['2006/01/02 (x)', '2023/11/14 (x)'],
  ['15:04', '22:13'],
  ['2006-01-02', ''],
  ['', ''],
];

t.test('times are read as opa reads them', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    texts.map(([layout, text]) => `time.parse_ns("${layout}", "${text}")`),
  );
});

t.test('the abbreviation of a zone is not guessed', async (t) => {
  const moment = { date: new Date(0), nanoseconds: 0, offset: 3_600, utc: false };
  t.throws(() => writeTime('MST', moment), RangeError);
});
