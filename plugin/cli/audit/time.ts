import { InvalidArgumentError } from 'commander';

/**
 * A time as people write it, in milliseconds since 1970: a day (`2026-06-01`, its beginning in UTC), or RFC 3339 with
 * its zone.
 */
export function timeOf(text: string): number {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const full = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = day || full ? Date.parse(text) : Number.NaN;
  // ECMAScript takes the 31st of February for the 3rd of March.
  if (!Number.isNaN(time) && (!day || new Date(time).toISOString().startsWith(text))) return time;
  throw new InvalidArgumentError('expected a day such as 2026-06-01 (UTC), or a time such as 2026-06-01T12:00:00Z.');
}
