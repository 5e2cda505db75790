import { type Found, openEntries } from './entries.ts';

/** What entries are looked for. What is absent does not matter; `from` is included, `to` is not (ms since 1970). */
export interface Query {
  /** Id of who asked, or of who approved. */
  readonly principal?: string;
  /** The whole path, or with `*` at its end what it begins with. */
  readonly path?: string;
  /** Rule of the decision or hold, or of a mask in a response. */
  readonly rule?: string;
  readonly verdict?: string;
  readonly kind?: string;
  readonly from?: number;
  readonly to?: number;
}

type Members = Found['entry'];

const tests: {
  readonly [Name in keyof Required<Query>]: (entry: Members, wanted: NonNullable<Query[Name]>) => boolean;
} = {
  principal: (entry, wanted) => member(entry.principal, 'id') === wanted || member(entry.approver, 'id') === wanted,
  path: ({ path }, wanted) =>
    typeof path === 'string' && (wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted),
  rule: ({ rule, masks }, wanted) =>
    rule === wanted || (Array.isArray(masks) && masks.some((mask) => member(mask, 'rule') === wanted)),
  verdict: ({ verdict }, wanted) => verdict === wanted,
  kind: ({ kind }, wanted) => kind === wanted,
  from: ({ time }, wanted) => typeof time === 'number' && time >= wanted,
  to: ({ time }, wanted) => typeof time === 'number' && time < wanted,
};

/** Whether an entry is what is looked for: all that the query names must fit. */
export function matches({ entry }: Found, query: Query): boolean {
  const test = <Name extends keyof Query>(name: Name) => {
    const wanted = query[name];
    return wanted === undefined || (tests[name] as (entry: Members, wanted: unknown) => boolean)(entry, wanted);
  };
  return (Object.keys(tests) as (keyof Query)[]).every(test);
}

/**
 * The entries of a folder that are looked for, in order; not verified. Holds one segment in memory at a time.
 * @throws CountersignError `usage` when there is no such folder
 */
export function* searchEntries(path: string, query: Query): Generator<Found> {
  // Whatever fits mentions these as they stand in JSON: most entries need not be parsed.
  const said = query.principal ?? query.rule ?? query.verdict ?? query.kind;
  for (const found of openEntries(path).read(said === undefined ? undefined : [JSON.stringify(said)]))
    if (matches(found, query)) yield found;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Members)[name] : undefined;
}
