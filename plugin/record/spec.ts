import { CountersignError } from '../errors.ts';

/** How much a policy can ask to be recorded, from nothing to everything. */
export const specs = ['none', 'metadata', 'request', 'full'] as const;

/**
 * How much of an exchange is recorded: nothing, who asked what (no content), the request too, or the response as well.
 */
export type RecordSpec = (typeof specs)[number];

/**
 * Reads the `record` of a policy's result; undefined is the configured default.
 * @throws CountersignError `policy_result` naming the path
 */
export function parseRecord(value: unknown, fallback: RecordSpec = 'metadata'): RecordSpec {
  if (value === undefined) return fallback;
  const spec = specs.find((one) => one === value);
  if (spec !== undefined) return spec;
  const came = typeof value === 'string' ? 'another string' : value === null ? 'null' : typeof value;
  throw new CountersignError('policy_result', `record: expected one of ${specs.join(', ')}, ${came} came`);
}
