import t from 'tap';
import { schema } from '../../plugin/config/schema.ts';

t.test('an empty object is a whole configuration', async (t) => {
  t.match(schema.parse({}), {
    insecure_loopback: false,
    record: { default: 'metadata' },
    identity: { mtls: 'principal' },
  });
});

t.test('every section is closed', async (t) => {
  for (const section of ['policy', 'identity', 'holds', 'audit', 'record', 'mask', 'commands', 'release', 'log'])
    t.equal(schema.safeParse({ [section]: { nonsense: 1 } }).success, false, section);
  t.equal(schema.safeParse({ nonsense: 1 }).success, false);
});

t.test('a duration has a unit, and one that a timer can keep', async (t) => {
  for (const [text, ms] of [
    ['250ms', 250],
    ['60s', 60_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['20d', 1_728_000_000],
  ] as const)
    t.equal(schema.parse({ drain: text }).drain, ms, text);
  for (const text of ['0s', '1', '1.5s', '-1s', '1y', '', '25d', '999999999d'])
    t.equal(schema.safeParse({ drain: text }).success, false, text);
});
