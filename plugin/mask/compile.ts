import { CountersignError } from '../errors.ts';
import { buildAutomaton, type Place } from './automaton.ts';
import { type Inspect, openInspect } from './detect/inspect.ts';
import { lastName, parsePath, type Step } from './path.ts';
import { type Mask, type OperatorName, operatorNames, type Plan } from './plan.ts';

/** One mask, ready to apply. */
export interface CompiledMask {
  readonly operator: OperatorName;
  /** The rule that the mask names, else `mask/` and the selector: goes into the evidence and labels pseudonyms. */
  readonly rule: string;
  /** The selector as the evidence shows it: the path, `..` and the key, or `detect:` and the detector. */
  readonly field: string;
  /** What a redacted value becomes: text, without quotes. */
  readonly token: string;
  readonly keepFirst: number;
  readonly keepLast: number;
  /** Name of the pseudonym key. */
  readonly hashKey: string;
}

/** A plan that can be applied. Immutable: shared by all responses with the same plan digest. */
export interface CompiledPlan {
  /** No masks: bytes pass as they are, whatever they are. */
  readonly empty: boolean;
  /**
   * Those that select values, the strictest operator first, then in the policy's order: `Place.selected` is an index
   * into them. Then, in the same order, those that look into strings, one for each detector.
   */
  readonly masks: readonly CompiledMask[];
  /** Where the automaton starts: the place of the whole document. */
  readonly root: Place;
  /** Which of the masks drop. */
  readonly drops: readonly boolean[];
  /** Looks into strings; null in most plans. */
  readonly inspect: Inspect | null;
}

/**
 * Compiles a plan. Where masks select the same value, the strictest operator (the later in `operatorNames`) is applied,
 * so that the order in which a policy's rules contribute means nothing.
 * @throws CountersignError `mask_invalid`, naming the mask: a path that doesn't parse, a `drop` of the whole document
 */
export function compilePlan(plan: Plan): CompiledPlan {
  const rows = plan.flatMap((mask, index) => {
    if (mask.detect !== undefined) return [];
    const steps = stepsOf(mask, `mask[${index}]`);
    return [{ steps, compiled: compileMask(mask, mask.path ?? `..${mask.key}`, label(mask.rule, steps)) }];
  });
  rows.sort((a, b) => strictness(b.compiled) - strictness(a.compiled));
  const within = plan.flatMap((mask) =>
    [...new Set(mask.detect)].map((detector) => ({
      detector,
      compiled: compileMask(mask, `detect:${detector}`, detector),
    })),
  );
  within.sort((a, b) => strictness(b.compiled) - strictness(a.compiled));
  const masks = [...rows, ...within].map(({ compiled }) => compiled);
  const looking = within.map(({ detector }, index) => ({ detector, mask: rows.length + index }));
  return Object.freeze({
    empty: plan.length === 0,
    masks,
    root: buildAutomaton(rows.map(({ steps }) => steps)),
    drops: masks.map(({ operator }) => operator === 'drop'),
    inspect: looking.length === 0 ? null : openInspect(looking),
  });
}

function stepsOf(mask: Mask, place: string): readonly Step[] {
  if (mask.path === undefined) return [{ select: { name: mask.key ?? '' }, deep: true }];
  const steps = parsePath(mask.path, `${place}.path`);
  if (steps.length === 0 && mask.with === 'drop')
    throw new CountersignError(
      'mask_invalid',
      `${place}.path: "$" is the whole document, which can't be dropped: redact it`,
    );
  return steps;
}

function compileMask(mask: Mask, field: string, label: string): CompiledMask {
  return Object.freeze({
    operator: mask.with,
    rule: mask.rule ?? `mask/${field}`,
    field,
    token: mask.token ?? `[masked:${label}]`,
    keepFirst: mask.keep_first ?? 0,
    keepLast: mask.keep_last ?? 0,
    hashKey: mask.hash_key ?? 'default',
  });
}

/** `ssn` of rule `pii/ssn`, else of path `$.customer.ssn`. */
function label(rule: string | undefined, steps: readonly Step[]): string {
  return rule?.split('/').at(-1) || lastName(steps) || 'value';
}

function strictness({ operator }: CompiledMask): number {
  return operatorNames.indexOf(operator);
}

/** Bytes that a pseudonym key has at least. */
const keyLength = 32;

/**
 * Checks that the keys which the plan's `hash` masks name are there. Admit calls it before the request goes upstream.
 * @throws CountersignError `mask_invalid`, naming the key, never its bytes
 */
export function requireKeys(plan: CompiledPlan, keys: Readonly<Record<string, Buffer>>): void {
  for (const { operator, hashKey, field } of plan.masks) {
    if (operator !== 'hash') continue;
    const key = Object.hasOwn(keys, hashKey) ? keys[hashKey] : undefined;
    if (key === undefined)
      throw new CountersignError('mask_invalid', `mask of ${field}: no key "${hashKey}"; name its file in mask.keys`);
    if (key.length < keyLength)
      throw new CountersignError('mask_invalid', `mask key "${hashKey}": ${key.length} bytes, ${keyLength} are needed`);
  }
}
