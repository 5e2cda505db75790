import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { days, requireZone, type Window } from './window.ts';

/** So many people of one group. */
export interface Requirement {
  readonly group: string;
  readonly count: number;
}

/** An approval that is good for a while, for the same command shape of the same principal and session. */
export interface GrantSpec {
  /** Milliseconds from the last approval. */
  readonly forMs: number;
  /** How often it may be used. */
  readonly uses: number;
  /** `statement`: literals of SQL, and the body of a Kubernetes request, may differ. */
  readonly match: 'exact' | 'statement';
  /** Names of MCP arguments whose values may differ. */
  readonly free: readonly string[];
}

/** What a policy asks of people before a request may go on. Durations in milliseconds. */
export interface HoldSpec {
  /** One of these lists must be met, each of whose requirements must be. */
  readonly anyOf: readonly (readonly Requirement[])[];
  readonly reason: string;
  /** The longest in-line wait; `Number.MAX_SAFE_INTEGER` where the policy leaves it to the other bounds. */
  readonly waitMs: number;
  /** Life of the ticket, from its opening. */
  readonly expiresMs: number;
  /** Life of an approval that nobody used. */
  readonly validForMs: number;
  /** Lower-case names of headers that are not part of what is approved. */
  readonly ignoreHeaders: readonly string[];
  readonly justification: 'required' | 'optional';
  /** Hours in which approvals are taken; empty is always. */
  readonly windows: readonly Window[];
  /** Null where an approval is good for one request, once. */
  readonly grant: GrantSpec | null;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** No wait, ticket or approval outlives this: 30 days. */
const longest = 30 * 24 * 3_600_000;

const duration = z
  .string()
  .regex(/^[0-9]{1,7}[smh]$/, 'expected a duration such as 60s, 30m or 2h')
  .transform((text) => Number.parseInt(text, 10) * (units[text.slice(-1)] ?? Number.NaN))
  .refine((ms) => ms <= longest, 'expected at most 720h');

const life = duration.refine((ms) => ms > 0, 'expected more than 0');

const minuteOfDay = z
  .string()
  .regex(/^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/, 'expected a time such as 08:00')
  .transform((text) => (Number(text.slice(0, 2)) % 24) * 60 + Number(text.slice(3)));

const zone = z.string().refine(isZone, 'expected a zone of the IANA database, such as Europe/Zurich');

const window = z
  .strictObject({ from: minuteOfDay, to: minuteOfDay, zone, days: z.array(z.enum(days)).min(1).max(7).optional() })
  .transform(({ from, to, zone, days: named }) => ({
    ...{ from, to: to === 0 && from > 0 ? 1_440 : to, zone },
    days: named === undefined ? null : named.map((day) => days.indexOf(day)),
  }));

const grant = z.union(
  [
    z.literal('once').transform(() => null),
    z
      .strictObject({
        for: life,
        uses: z.int().min(1).max(1_000).default(100),
        match: z.enum(['exact', 'statement']).default('exact'),
        free: z.array(z.string().min(1)).max(16).default([]),
      })
      .transform(({ for: forMs, ...rest }) => ({ forMs, ...rest })),
  ],
  'expected "once", or {"for": "15m"} with uses (1 to 1000), match ("exact" or "statement") and free (names)',
);

const requirement = z.strictObject({ group: z.string().min(1).max(256), count: z.int().min(1).max(20).default(1) });

const requirements = z.array(requirement).min(1).max(20);

/** The `hold` of a policy's answer, as it is written. */
export const holdSchema = z
  .strictObject({
    approvals: requirements.optional(),
    any_of: z.array(requirements).min(1).max(20).optional(),
    reason: z.string().max(1_024).default(''),
    wait: duration.default(Number.MAX_SAFE_INTEGER),
    expires: life.default(1_800_000),
    valid_for: life.default(600_000),
    grant: grant.default(null),
    windows: z.array(window).max(20).default([]),
    ignore_headers: z.array(z.string().min(1)).max(64).default([]),
    justification: z.enum(['required', 'optional']).default('optional'),
  })
  .refine((hold) => (hold.approvals === undefined) !== (hold.any_of === undefined), {
    message: 'expected either approvals or any_of',
  });

/**
 * Reads the `hold` member of a policy's answer.
 * @throws CountersignError `policy_result` naming the path, such as `hold.approvals[0].count`
 */
export function parseHold(value: unknown): HoldSpec {
  const parsed = holdSchema.safeParse(value);
  if (!parsed.success) throw refused(parsed.error);
  const { approvals, any_of, reason, wait, expires, valid_for, ignore_headers, ...rest } = parsed.data;
  return {
    anyOf: any_of ?? [approvals ?? []],
    reason,
    waitMs: wait,
    expiresMs: expires,
    validForMs: valid_for,
    ignoreHeaders: ignore_headers.map((name) => name.toLowerCase()),
    justification: rest.justification,
    windows: rest.windows,
    grant: rest.grant,
  };
}

function isZone(name: string): boolean {
  try {
    requireZone(name);
    return true;
  } catch {
    return false;
  }
}

function refused(error: z.ZodError): CountersignError {
  const faults = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${pathOf([...issue.path, key])}: unknown key`)
      : [`${pathOf(issue.path)}: ${issue.message}`],
  );
  return new CountersignError('policy_result', faults.join('; '));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`),
    'hold',
  );
}
