/** Wall clock of an instant in a zone. The fraction of its second is the instant's own. */
export interface Wall {
  /** The wall clock as if it were UTC, in whole seconds since 1970. */
  readonly seconds: number;
  /** Seconds east of UTC. */
  readonly offset: number;
}

/** Making one takes 50 us and more; policies use few zones, callers may choose many. */
const formats = new Map<string, Intl.DateTimeFormat>();
const formatLimit = 50;

function format(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formats.size >= formatLimit) formats.clear();
  formats.set(zone, made);
  return made;
}

/** Seconds since 1970 of a date and time in UTC; what is too large for its field goes on to the next. */
export function utcSeconds(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime() / 1_000;
}

/**
 * @param seconds since 1970, whole
 * @param zone IANA name; '' is UTC
 * @throws RangeError for an unknown zone
 */
export function wallClock(seconds: number, zone: string): Wall {
  if (zone === '' || zone === 'UTC') return { seconds, offset: 0 };
  const parts = Object.fromEntries(
    format(zone)
      .formatToParts(seconds * 1_000)
      .map(({ type, value }) => [type, type === 'era' ? value : Number(value)]),
  ) as Readonly<Record<string, number>>;
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  const wall = utcSeconds(year, month, day, hour, minute, second);
  return { seconds: wall, offset: wall - seconds };
}

/** The instant of a wall clock, as Go's `time.Date` resolves what a change of offset skips or repeats. */
export function instantOf(wall: number, zone: string): number {
  const guess = wallClock(wall, zone).offset;
  return guess === 0 ? wall : wall - wallClock(wall - guess, zone).offset;
}
