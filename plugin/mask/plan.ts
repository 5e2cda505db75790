import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { detectorNames } from './detect/table.ts';

/**
 * What happens to a value that a mask selects.
 * - `redact`: the whole value, a container too, becomes a fixed token.
 * - `partial`: a string or number keeps its first or last letters and digits, its length and its separators.
 * - `hash`: a string or number becomes a keyed pseudonym; the same value under the same rule gives the same one.
 * - `null`: the value becomes `null`.
 * - `zero`: a number becomes `0`.
 * - `drop`: the member, or the element of an array, goes.
 * A value that an operator doesn't fit (an object with `hash`, a string with `zero`) is redacted.
 */
export const operatorNames = ['partial', 'hash', 'zero', 'redact', 'null', 'drop'] as const;
export type OperatorName = (typeof operatorNames)[number];

/** Masks in one plan at most; what travels to the response has a bound of its own (exchange/travel.ts). */
const maskLimit = 256;

/** One mask of a policy's answer, as it is written; exactly one of the selectors. */
export const maskSchema = z.strictObject({
  path: z.string().min(1).max(1024).optional(),
  key: z.string().min(1).max(256).optional(),
  column: z.string().min(1).max(256).optional(),
  detect: z.array(z.enum(detectorNames)).min(1).max(32).optional(),
  pattern: z.string().min(1).max(1024).optional(),
  header: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/, 'expected the name of a header in lower case')
    .optional(),
  with: z.enum(operatorNames),
  keep_first: z.int().min(1).max(1024).optional(),
  keep_last: z.int().min(1).max(1024).optional(),
  token: z.string().min(1).max(256).optional(),
  hash_key: z.string().min(1).max(128).optional(),
  rule: z.string().min(1).max(256).optional(),
  on_unparsable: z.literal('scan').optional(),
});

/** What a mask selects by. */
export const selectorNames = ['path', 'key', 'column', 'detect', 'pattern', 'header'] as const;
export type SelectorName = (typeof selectorNames)[number];

/**
 * One mask, as the policy wrote it, with exactly one selector: `path` (a JSONPath, see path.ts), `key` (a member, field,
 * element or attribute of that name, at any depth), `column` (of rows), `detect` (kinds of content) and `pattern` (RE2
 * syntax), both within any text that is not masked whole, and `header` (of the response, or a trailer). `keep_first`
 * and `keep_last` belong to `partial`, `hash_key` (a name in `mask.keys` of the configuration, `default` when absent) to
 * `hash`, `token` to the operators that can redact. `on_unparsable: "scan"` belongs to `detect` and `pattern`: they are
 * applied to a body of an unknown framing as to text.
 */
export type Mask = Readonly<z.output<typeof maskSchema>>;

/** The masks of one answer. Also JSON: what travels to the response is this value, and reads back as itself. */
export type Plan = readonly Mask[];

/** What can be made of a part of a string. */
const within: readonly OperatorName[] = ['redact', 'hash', 'partial'];

/** Which options go with which operators. */
const optionsOf: Readonly<Record<'keep_first' | 'keep_last' | 'token' | 'hash_key', readonly OperatorName[]>> = {
  keep_first: ['partial'],
  keep_last: ['partial'],
  token: ['redact', 'partial', 'hash', 'zero'],
  hash_key: ['hash'],
};

/** Operators that fit what a selector selects; all where it isn't named. */
const operatorsOf: Partial<Record<SelectorName, readonly [operators: readonly OperatorName[], what: string]>> = {
  detect: [within, 'a part of a text'],
  pattern: [within, 'a part of a text'],
  header: [[...within, 'drop'], 'a header'],
};

/** Headers that say how a message is read, or that we set: masking one would break it, or the reader. */
const fixedHeaders =
  /^(?::.*|connection|content-(?:encoding|length|range|type)|date|grpc-(?:status|encoding)|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|x-envoy-.*)$/;

/**
 * Reads the policy's `mask`.
 * @throws CountersignError `policy_result`, naming the place in the answer and what was expected there
 */
export function parsePlan(value: unknown): Plan {
  if (!Array.isArray(value)) throw wrong('mask', 'expected a list of masks');
  if (value.length > maskLimit) throw wrong('mask', `expected at most ${maskLimit} masks, got ${value.length}`);
  return value.map((one: unknown, index) => parseMask(one, `mask[${index}]`));
}

function parseMask(value: unknown, place: string): Mask {
  const parsed = maskSchema.safeParse(value);
  if (!parsed.success) throw explain(parsed.error.issues[0], place);
  checkSelector(parsed.data, place);
  checkOptions(parsed.data, place);
  return parsed.data;
}

function explain(issue: z.core.$ZodIssue | undefined, place: string): CountersignError {
  if (issue === undefined) return wrong(place, 'not a mask');
  const at = issue.path.reduce<string>((path, step) => `${path}.${String(step)}`, place);
  if (issue.code !== 'unrecognized_keys') return wrong(at, issue.message);
  return wrong(`${at}.${issue.keys[0]}`, `unknown key (known: ${Object.keys(maskSchema.shape).join(', ')})`);
}

function checkSelector(one: Mask, place: string): void {
  const selectors = selectorNames.filter((name) => one[name] !== undefined);
  const [selector] = selectors;
  if (selectors.length !== 1 || selector === undefined)
    throw wrong(place, `expected exactly one of ${selectorNames.map((name) => `"${name}"`).join(', ')}`);
  const [operators, what] = operatorsOf[selector] ?? [operatorNames, ''];
  if (!operators.includes(one.with))
    throw wrong(`${place}.with`, `${what} can be ${operators.join(', ')}, not ${one.with}`);
  const text = one[selector];
  if (typeof text === 'string' && !text.isWellFormed())
    throw wrong(`${place}.${selector}`, 'a lone surrogate is no text');
  if (one.header !== undefined && fixedHeaders.test(one.header))
    throw wrong(`${place}.header`, 'the message could not be read without it');
  if (one.on_unparsable !== undefined && selector !== 'detect' && selector !== 'pattern')
    throw wrong(`${place}.on_unparsable`, 'belongs to "detect" and "pattern": a text has nothing else to select by');
}

function checkOptions(one: Mask, place: string): void {
  for (const [option, operators] of Object.entries(optionsOf))
    if (option in one && !operators.includes(one.with))
      throw wrong(`${place}.${option}`, `belongs to ${operators.join(', ')}, not to ${one.with}`);
  if (one.with === 'partial' && one.keep_first === undefined && one.keep_last === undefined)
    throw wrong(place, '"partial" needs "keep_last" or "keep_first"');
}

function wrong(place: string, what: string): CountersignError {
  return new CountersignError('policy_result', `${place}: ${what}`);
}

/** Hex SHA-256 of the plan as JSON with sorted member names: equal plans have equal digests. */
export function planDigest(plan: Plan): string {
  const rows = plan.map((one) => Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256')
    .update(JSON.stringify(rows.map((row) => Object.fromEntries(row))))
    .digest('hex');
}
