import t from 'tap';
import { instantOf, utcSeconds, wallClock } from '../../../plugin/policy/builtins/zone.ts';

t.test('offsets of zones', async (t) => {
  const offset = (seconds: number, zone: string) => wallClock(seconds, zone).offset / 60;
  t.equal(offset(1_700_000_000, ''), 0);
  t.equal(offset(1_700_000_000, 'Asia/Kathmandu'), 345);
  t.equal(offset(1_700_000_000, 'America/New_York'), -300);
  t.equal(offset(1_690_000_000, 'America/New_York'), -240);
  t.throws(() => wallClock(0, 'No/Where'), RangeError);
});

t.test('more zones than are kept', async (t) => {
  const zones = Intl.supportedValuesOf('timeZone').slice(0, 60);
  for (const zone of [...zones, ...zones]) t.equal(instantOf(wallClock(1e9, zone).seconds, zone), 1e9, zone);
});

t.test('an hour that is skipped, and one that is twice', async (t) => {
  const zone = 'Europe/Berlin';
  t.equal(instantOf(utcSeconds(2024, 3, 31, 2, 30), zone), utcSeconds(2024, 3, 31, 1, 30));
  t.equal(wallClock(instantOf(utcSeconds(2024, 10, 27, 2, 30), zone), zone).seconds, utcSeconds(2024, 10, 27, 2, 30));
});
