/** Milliseconds by which the server's clock is ahead of ours, from the `date` of its answers. */
export interface ServerClock {
  now(): number;
  /** Hears the `date` header of an answer that was asked for at `sent` and came at `got`. */
  hear(date: string | null, sent: number, got: number): void;
}

/** Seconds only are in the header: a smaller difference is not one. */
const tolerance = 1_500;

/** A clock that goes as the server's: countdowns are those of the server, whatever this machine's clock says. */
export function serverClock(local: () => number = Date.now): ServerClock {
  let ahead = 0;
  return {
    now: () => local() + ahead,
    hear(date, sent, got) {
      const said = date === null ? Number.NaN : Date.parse(date);
      if (Number.isNaN(said)) return;
      const measured = said + 500 - (sent + got) / 2;
      ahead = Math.abs(measured) < tolerance ? 0 : measured;
    },
  };
}

/** Time that is left, as a countdown shows it: `2 h 05 min`, `12:31`, `0:07`, `ended`. */
export function leftText(ms: number): string {
  if (ms <= 0) return 'ended';
  const seconds = Math.ceil(ms / 1_000);
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`;
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** The same in words, for those who listen; coarse, so that it need not be said each second. */
export function leftWords(ms: number): string {
  if (ms <= 0) return 'ended';
  const minutes = Math.ceil(ms / 60_000);
  if (minutes >= 1_440) return `ends in about ${plural(Math.round(minutes / 1_440), 'day')}`;
  if (minutes >= 60) return `ends in about ${plural(Math.round(minutes / 60), 'hour')}`;
  return minutes === 1 ? 'ends in less than a minute' : `ends in about ${plural(minutes, 'minute')}`;
}

/** A length of time: `90 s`, `15 min`, `2 h`, `3 d`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** How long ago: `just now`, `4 min ago`. */
export function agoText(ms: number): string {
  return ms < 45_000 ? 'just now' : `${spanText(ms)} ago`;
}

/** The part of the time that is left, 0 to 1; in tenths, since more is not seen. */
export function leftPart(opened: number, ends: number, now: number): number {
  if (ends <= opened) return 0;
  return Math.max(0, Math.min(10, Math.ceil((10 * (ends - now)) / (ends - opened)))) / 10;
}

/** How urgent a countdown is. */
export function urgency(ms: number): 'calm' | 'soon' | 'last' {
  if (ms <= 60_000) return 'last';
  return ms <= 300_000 ? 'soon' : 'calm';
}

/** A moment on a wall clock: `25 Nov, 08:14:05`, with the year when it is not this one. */
export function clockText(at: number, zone: string | undefined, now: number): string {
  const sameYear = new Date(at).getUTCFullYear() === new Date(now).getUTCFullYear();
  return format(zone, sameYear ? 'short' : 'long').format(at);
}

/** The hour only where it is today, else the day: for lists. */
export function shortClock(at: number, zone: string | undefined, now: number): string {
  const day = format(zone, 'day');
  return day.format(at) === day.format(now) ? format(zone, 'hour').format(at) : day.format(at);
}

/** The same moment in UTC, as logs have it: `2026-11-25 08:14:05 UTC`. */
export function utcText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const two = (n: number) => String(n).padStart(2, '0');
const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

const hour = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const styles = {
  short: { day: 'numeric', month: 'short', second: '2-digit', ...hour },
  long: { day: 'numeric', month: 'short', year: 'numeric', ...hour },
  day: { day: 'numeric', month: 'short' },
  hour,
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Made once each: they are slow to make. `undefined` is this machine's zone. */
function format(zone: string | undefined, style: keyof typeof styles): Intl.DateTimeFormat {
  const name = `${style} ${zone}`;
  const known = formats.get(name);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { ...styles[style], timeZone: zone });
  formats.set(name, made);
  return made;
}
