import { CountersignError } from '../errors.ts';

/** Hours in which people may approve. Minutes count from midnight on the wall clock of the zone. */
export interface Window {
  readonly from: number;
  /** Excluded; not later than `from` where the window goes over midnight (22:00 to 06:00). */
  readonly to: number;
  /** IANA name, such as `Europe/Zurich`. */
  readonly zone: string;
  /** Days on which the window begins, 0 is Sunday; null is every day. */
  readonly days: readonly number[] | null;
}

/** Names of days as policies write them. */
export const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** @throws CountersignError `policy_result` for a name that is no zone; an offset is none, since it knows no summer time */
export function requireZone(zone: string): void {
  clockOf(zone);
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  if (!/^[A-Za-z]/.test(zone)) throw unknownZone();
  try {
    const clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
    clocks.set(zone, clock);
    return clock;
  } catch {
    throw unknownZone();
  }
}

function unknownZone(): CountersignError {
  return new CountersignError('policy_result', 'expected a zone of the IANA database, such as Europe/Zurich');
}

/** True when it is within one of the windows, or there are none. `now` in milliseconds since 1970. */
export function isOpen(windows: readonly Window[], now: number): boolean {
  return windows.length === 0 || windows.some((window) => within(window, now));
}

function within({ from, to, zone, days: begins }: Window, now: number): boolean {
  const { minute, day } = wallClock(zone, now);
  const on = (one: number) => begins === null || begins.includes(one);
  if (from < to) return on(day) && from <= minute && minute < to;
  // Over midnight: what is left of yesterday's window belongs to the day on which it began.
  return (on(day) && minute >= from) || (on((day + 6) % 7) && minute < to);
}

function wallClock(zone: string, now: number): { readonly minute: number; readonly day: number } {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const name = (parts.weekday ?? '').toLowerCase();
  const day = (days as readonly string[]).indexOf(name);
  return { minute: Number(parts.hour) * 60 + Number(parts.minute), day };
}

/** `08:00 to 18:00 Europe/Zurich (mon, tue)`: windows as people read them. */
export function windowText(windows: readonly Window[]): string {
  return windows
    .map(({ from, to, zone, days: begins }) => {
      const named = begins === null ? '' : ` (${begins.map((day) => days[day] ?? '').join(', ')})`;
      return `${clockText(from)} to ${clockText(to)} ${zone}${named}`;
    })
    .join(', or ');
}

function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
