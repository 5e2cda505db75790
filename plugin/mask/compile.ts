import { CountersignError } from '../errors.ts';
import { buildAutomaton, type Place } from './automaton.ts';
import { lastName, parsePath, type Step } from './path.ts';
import { type Mask, type OperatorName, operatorNames, type Plan, type SelectorName, selectorNames } from './plan.ts';
import { openSearch, patternDetector, type Search } from './search.ts';

/** One mask, ready to apply. */
export interface CompiledMask {
  readonly operator: OperatorName;
  /** The rule that the mask names, else `mask/` and the selector: goes into the evidence and labels pseudonyms. */
  readonly rule: string;
  /** The selector as the evidence shows it: the path, `..` and the key, or what it is, a colon, and its name. */
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
   * into them. Then, in the same order, those that look into texts, one for each detector and pattern; then headers'.
   */
  readonly masks: readonly CompiledMask[];
  /** Where the automaton starts: the place of the whole document. */
  readonly root: Place;
  /** The way to what each mask selects; null for those that select no values. */
  readonly ways: readonly (readonly Step[] | null)[];
  /** Which of the masks drop. */
  readonly drops: readonly boolean[];
  /** Looks into texts; null where no mask does. */
  readonly search: Search | null;
  /** What the masks of a body select by. */
  readonly selectors: ReadonlySet<SelectorName>;
  /** Masks by `key`, by its name. */
  readonly keys: ReadonlyMap<string, number>;
  /** Masks by `column` and `key`, by the name of a column. */
  readonly columns: ReadonlyMap<string, number>;
  /** Masks by `header`, by its name. */
  readonly headers: ReadonlyMap<string, number>;
  /** The same plan for JSON that stands within a text: no path begins there. */
  readonly nested: CompiledPlan;
  /** A body of an unknown framing is looked into as text. */
  readonly scan: boolean;
}

/** A mask of the plan with what it was compiled to; `steps` where it selects values of a document. */
interface Row {
  readonly mask: Mask;
  readonly compiled: CompiledMask;
  readonly steps: readonly Step[];
}

/**
 * Compiles a plan. Where masks select the same value, the strictest operator (the later in `operatorNames`) is applied,
 * so that the order in which a policy's rules contribute means nothing.
 * @throws CountersignError `mask_invalid`, naming the mask: a path or pattern that doesn't compile, a `drop` of the
 *   whole document
 */
export function compilePlan(plan: Plan): CompiledPlan {
  const rows = plan.map((mask, index) => ({ mask, place: `mask[${index}]` }));
  const values = strictestFirst(
    rows.filter(({ mask }) => selectsValues(mask)).map(({ mask, place }) => valueRow(mask, place)),
  );
  const within = strictestFirst(
    rows.flatMap(({ mask, place }) => withinRows(mask, place).map((row) => ({ ...row, mask }))),
  );
  const headers = strictestFirst(
    plan.flatMap((mask) => (mask.header === undefined ? [] : [headerRow(mask, mask.header)])),
  );
  const masks = [...values, ...within, ...headers].map(({ compiled }) => compiled);
  const looking = within.map(({ detector }, index) => ({ detector, mask: values.length + index }));
  const fields = {
    empty: plan.every(({ header }) => header !== undefined),
    masks,
    ways: masks.map((_, index) => values[index]?.steps ?? null),
    drops: masks.map(({ operator }) => operator === 'drop'),
    search: looking.length === 0 ? null : openSearch(looking),
    selectors: new Set(selectorNames.filter((name) => plan.some((mask) => mask[name] !== undefined))),
    keys: byName(values, ({ key }) => key),
    columns: byName(values, ({ key, column }) => key ?? column),
    headers: new Map(
      [...byName(headers, ({ header }) => header)].map(([name, at]) => [name, at + values.length + within.length]),
    ),
    scan: plan.some(({ on_unparsable }) => on_unparsable === 'scan'),
  };
  const root = buildAutomaton(values.map(({ steps }) => steps));
  const nested: CompiledPlan = {
    ...fields,
    root: values.some(({ mask }) => mask.path !== undefined)
      ? buildAutomaton(values.map(({ mask, steps }) => (mask.path === undefined ? steps : null)))
      : root,
    get nested() {
      return nested;
    },
  };
  return Object.freeze({ ...fields, root, nested });
}

function selectsValues(mask: Mask): boolean {
  return mask.path !== undefined || mask.key !== undefined || mask.column !== undefined;
}

function strictestFirst<T extends { readonly compiled: CompiledMask }>(rows: readonly T[]): readonly T[] {
  return rows.toSorted((a, b) => strictness(b.compiled) - strictness(a.compiled));
}

/** The first row of each name, which is its strictest. */
function byName(rows: readonly Row[], nameOf: (mask: Mask) => string | undefined): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const [index, { mask }] of rows.entries()) {
    const name = nameOf(mask);
    if (name !== undefined && !names.has(name)) names.set(name, index);
  }
  return names;
}

function valueRow(mask: Mask, place: string): Row {
  const steps = stepsOf(mask, place);
  const field = mask.path ?? (mask.key === undefined ? `column:${mask.column}` : `..${mask.key}`);
  return { mask, steps, compiled: compileMask(mask, field, label(mask.rule, lastName(steps))) };
}

/** One for each detector, or for the pattern. */
function withinRows(mask: Mask, place: string) {
  const detectors = [...new Set(mask.detect)].map((detector) => ({
    detector,
    steps: [],
    compiled: compileMask(mask, `detect:${detector}`, detector),
  }));
  if (mask.pattern === undefined) return detectors;
  const detector = patternDetector(mask.pattern, `${place}.pattern`);
  const compiled = compileMask(mask, `pattern:${mask.pattern}`, label(mask.rule, 'pattern'));
  return [{ detector, steps: [], compiled }];
}

function headerRow(mask: Mask, header: string): Row {
  return { mask, steps: [], compiled: compileMask(mask, `header:${header}`, label(mask.rule, header)) };
}

function stepsOf(mask: Mask, place: string): readonly Step[] {
  if (mask.path === undefined) return [{ select: { name: mask.key ?? mask.column ?? '' }, deep: true }];
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

/** `ssn` of rule `pii/ssn`, else the name. */
function label(rule: string | undefined, name: string | null): string {
  return rule?.split('/').at(-1) || name || 'value';
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
