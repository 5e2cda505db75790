import t from 'tap';
import { time } from '../../../plugin/policy/builtins/time.ts';
import { agreesWithOpa, context, withoutOpa } from '../rego.ts';

const instants = [
  '2023-11-14T22:13:20Z',
  '2023-11-14T22:13:20.123456789+05:30',
  '1969-12-31T23:59:59.5-08:00',
  '2024-02-29T00:00:00Z',
];
const none = [
  '2023-02-29T00:00:00Z',
  '2023-11-14T24:00:00Z',
  '2023-11-14 22:13:20Z',
  '2023-11-14T22:13:20',
  '9999-01-01T00:00:00Z',
  '',
];
const durations = ['1h30m', '-1.5s', '1d', '2w1h', '1y', '300ms', '1us2ns', '0', '.5s', '1', '', 'h', '1x'];

t.test('times agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(t, [
    ...[...instants, ...none].map((text) => `time.parse_rfc3339_ns("${text}")`),
    ...durations.map((text) => `time.parse_duration_ns("${text}")`),
    ...['date', 'clock', 'weekday'].flatMap((name) =>
      [
        '1700000000123456789',
        '-1',
        '[1700000000000000000, "Asia/Kathmandu"]',
        '[1700000000000000000, ""]',
        '[0, "No/Where"]',
      ].map((value) => `time.${name}(${value})`),
    ),
  ]);
});

t.test('sums of dates agree with opa', { skip: withoutOpa }, async (t) => {
  const from = ['1709164800000000000', '1706659200123456789', 'input.berlin', '-1'];
  const moves = ['0, 0, 0', '1, 0, 0', '0, 1, 0', '0, 13, -31', '-1, -1, -1', '0, 0, 1', '400, 0, 0', '0, 1.5, 0'];
  const pairs: readonly string[] = [
    ...['1700000000000000000, 1709164800000000000', '1709164800000000000, 1700000000000000000', '0, 0', '-1, 1'],
    '[1711778400000000000, "Europe/Berlin"], [1711864800000000000, "UTC"]',
    '1706659200000000000, 1709251199999999999',
    'input.text, 1',
  ];
  await agreesWithOpa(
    t,
    [
      ...from.flatMap((ns) => moves.map((move) => `time.add_date(${ns}, ${move})`)),
      ...pairs.map((pair) => `time.diff(${pair})`),
    ],
    { berlin: [1_711_778_400, 'Europe/Berlin'], text: 'x' },
  );
});

t.test('now is what the evaluation says it is', async (t) => {
  const now = 1_700_000_000_000_000_001n;
  t.equal(JSON.stringify(time['time.now_ns']([], { ...context, now })), '1700000000000000001');
});
