import t from 'tap';
import { agreesWithOpa, withoutOpa } from '../rego.ts';

const quantities = [
  ...[
    '1',
    '1k',
    '1K',
    '1Ki',
    '1kI',
    '1m',
    '1M',
    '1MI',
    '1mi',
    '2G',
    '3gi',
    '1T',
    '1P',
    '1E',
    '1Ei',
    '0.5',
    '0.5m',
    '100m',
  ],
  ...['1.5M', '-3k', '+3k', '.5', '5.', '1e3', '1e3k', '1E-3', '1e', '1ek', '12e7m', '1e1000000', '1_0', '0x10', '1b'],
  ...[
    '1kb',
    '1KiB',
    '10mib',
    '10MB',
    '1.7g',
    '1 k',
    '',
    'k',
    '.',
    '1.2.3',
    '\\"5k\\"',
    '1kk',
    '3.333333m',
    '1000000000000000001',
  ],
];

t.test('quantities agree with opa', { skip: withoutOpa }, async (t) => {
  await agreesWithOpa(
    t,
    quantities.flatMap((text) => [`units.parse("${text}")`, `units.parse_bytes("${text}")`]),
  );
});
