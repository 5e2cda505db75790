import t from 'tap';
import {
  agoText,
  clockText,
  leftPart,
  leftText,
  leftWords,
  serverClock,
  shortClock,
  spanText,
  urgency,
  utcText,
} from '../../../plugin/console/page/time.ts';

t.test('a countdown', async (t) => {
  for (const [ms, text, words] of [
    [0, 'ended', 'ended'],
    [-5, 'ended', 'ended'],
    [1, '0:01', 'ends in less than a minute'],
    [61_000, '1:01', 'ends in about 2 minutes'],
    [3_599_000, '59:59', 'ends in about 1 hour'],
    [7_500_000, '2 h 05 min', 'ends in about 2 hours'],
    [90_000_000, '1 d 1 h', 'ends in about 1 day'],
  ] as const) {
    t.equal(leftText(ms), text);
    t.equal(leftWords(ms), words);
  }
  t.same([urgency(59_000), urgency(200_000), urgency(400_000)], ['last', 'soon', 'calm']);
});

t.test('lengths of time', async (t) => {
  for (const [ms, text] of [
    [0, '0 s'],
    [90_000, '90 s'],
    [900_000, '15 min'],
    [10_800_000, '3 h'],
    [259_200_000, '3 d'],
  ] as const)
    t.equal(spanText(ms), text);
  t.equal(agoText(10_000), 'just now');
  t.equal(agoText(240_000), '4 min ago');
});

t.test('how much is left, in tenths', async (t) => {
  t.equal(leftPart(0, 100, 0), 1);
  t.equal(leftPart(0, 100, 55), 0.5);
  t.equal(leftPart(0, 100, 200), 0);
  t.equal(leftPart(100, 100, 100), 0, 'no time at all');
  t.equal(leftPart(0, 100, -50), 1, 'opened by a clock ahead of ours');
});

t.test('a moment in a zone and in UTC', async (t) => {
  const at = Date.UTC(2026, 10, 25, 23, 14, 5);
  t.equal(clockText(at, 'Europe/Zurich', at), '26 Nov, 00:14:05');
  t.equal(clockText(at, 'UTC', Date.UTC(2027, 1, 1)), '25 Nov 2026, 23:14');
  t.equal(shortClock(at, 'UTC', at), '23:14');
  t.equal(shortClock(at, 'UTC', at + 86_400_000), '25 Nov');
  t.equal(utcText(at), '2026-11-25 23:14:05 UTC');
});

t.test('countdowns are those of the server, whatever this clock says', async (t) => {
  let local = 1_000_000;
  const clock = serverClock(() => local);
  clock.hear(new Date(1_000_000).toUTCString(), 1_000_000, 1_000_100);
  t.equal(clock.now(), 1_000_000, 'less than a second is no difference');
  clock.hear(new Date(600_000).toUTCString(), 1_000_000, 1_000_000);
  t.equal(clock.now(), 600_500);
  local += 5_000;
  t.equal(clock.now(), 605_500);
  for (const nothing of [null, 'yesterday']) clock.hear(nothing, 0, 0);
  t.equal(clock.now(), 605_500, 'what says nothing changes nothing');
});
