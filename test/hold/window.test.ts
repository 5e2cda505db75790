import t from 'tap';
import { isOpen, requireZone, type Window, windowText } from '../../plugin/hold/window.ts';

const at = (text: string) => Date.parse(text);
const window = (over: Partial<Window> = {}): Window => ({
  from: 480,
  to: 1_080,
  zone: 'Europe/Zurich',
  days: null,
  ...over,
});

t.test('a window is of its zone, summer time included', async (t) => {
  for (const [when, open] of [
    ['2026-01-15T07:00:00Z', true],
    ['2026-01-15T06:59:59Z', false],
    ['2026-07-15T06:00:00Z', true],
    ['2026-07-15T16:00:00Z', false],
    ['2026-01-15T16:59:59Z', true],
  ] as const)
    t.equal(isOpen([window()], at(when)), open, when);
});

t.test('a window over midnight is open before and after it', async (t) => {
  const night = window({ from: 1_320, to: 360, zone: 'UTC' });
  for (const [when, open] of [
    ['2026-01-15T22:00:00Z', true],
    ['2026-01-16T02:00:00Z', true],
    ['2026-01-16T06:00:00Z', false],
    ['2026-01-15T21:59:00Z', false],
  ] as const)
    t.equal(isOpen([night], at(when)), open, when);
  const friday = { ...night, days: [5] };
  t.ok(isOpen([friday], at('2026-01-17T02:00:00Z')), 'Saturday morning belongs to the window of Friday');
  t.notOk(isOpen([friday], at('2026-01-16T02:00:00Z')), 'Friday morning to that of Thursday');
});

t.test('none is always, several are any, one that ends where it begins is the whole day', async (t) => {
  t.ok(isOpen([], 0));
  t.ok(isOpen([window({ days: [] }), window({ from: 0, to: 0, zone: 'UTC' })], at('2026-01-15T03:00:00Z')));
  t.notOk(isOpen([window({ days: [] })], at('2026-01-15T12:00:00Z')));
});

t.test('a zone is a name of the IANA database', async (t) => {
  requireZone('America/St_Johns');
  for (const zone of ['+01:00', 'Mars/Base', '', '../etc'])
    t.throws(() => requireZone(zone), { code: 'policy_result' }, zone);
  t.equal(windowText([window({ days: [1, 5] })]), '08:00 to 18:00 Europe/Zurich (mon, fri)');
});
