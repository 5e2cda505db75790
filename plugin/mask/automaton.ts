import { CountersignError } from '../errors.ts';
import type { Step } from './path.ts';

/**
 * A place in a document as far as the plan can tell places apart: which selector, if any, selects the value here, and
 * where its members and elements stand.
 */
export interface Place {
  /** Index of the selector that selects this value; -1 when none does. */
  readonly selected: number;
  /** Places of members by name, as UTF-8, grouped by length in bytes: what the rewriter compares unescaped names with. */
  readonly byLength: readonly (readonly NamedPlace[])[];
  /** The same by name, for names with escapes. */
  readonly byName: ReadonlyMap<string, Place>;
  readonly otherMember: Place;
  readonly byIndex: ReadonlyMap<number, Place>;
  readonly otherElement: Place;
  /** Nothing in here or below can be selected. */
  readonly dead: boolean;
}

export interface NamedPlace {
  readonly name: Uint8Array;
  readonly place: Place;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A selector and how many of its steps have been taken. */
type Position = readonly [selector: number, taken: number];

/** Places that one plan may need. Several `..` in one path multiply them. */
const placeLimit = 4_096;

/**
 * The selectors as one deterministic automaton (subset construction over positions). Where several select the same
 * value, the one with the lowest index is meant. Where null stands, nothing is selected.
 * @returns the place of the whole document
 * @throws CountersignError `mask_invalid` when it would need more than 4,096 places
 */
export function buildAutomaton(given: readonly (readonly Step[] | null)[]): Place {
  const selectors = given.map((steps) => steps ?? []);
  const places = new Map<string, Mutable<Place>>();
  const open: [Mutable<Place>, readonly Position[]][] = [];

  function placeOf(positions: readonly Position[]): Place {
    const key = positions.map((position) => position.join('.')).join(' ');
    const known = places.get(key);
    if (known) return known;
    if (places.size >= placeLimit)
      throw new CountersignError(
        'mask_invalid',
        `mask: the paths together are too complex; use fewer ".." in one path`,
      );
    const place = blank(selectedBy(positions, selectors));
    places.set(key, place);
    open.push([place, positions]);
    return place;
  }

  const root = placeOf(given.flatMap((steps, selector) => (steps === null ? [] : [[selector, 0] as const])));
  for (let next = open.pop(); next; next = open.pop()) {
    const [place, positions] = next;
    const steps = positions.flatMap(([selector, taken]) => selectors[selector]?.[taken]?.select ?? []);
    const to = (child: Child) => placeOf(advance(positions, child, selectors));
    const names = new Set(steps.flatMap((select) => (select !== 'any' && 'name' in select ? [select.name] : [])));
    const indexes = new Set(steps.flatMap((select) => (select !== 'any' && 'index' in select ? [select.index] : [])));
    place.byName = new Map([...names].map((name) => [name, to({ name })]));
    place.byIndex = new Map([...indexes].map((index) => [index, to({ index })]));
    place.otherMember = to('member');
    place.otherElement = to('element');
    place.byLength = groupByLength(place.byName);
    place.dead = positions.every(([selector, taken]) => taken === selectors[selector]?.length);
  }
  return root;
}

/** A child of a value: a member or element that the plan names, or any other. */
type Child = { readonly name: string } | { readonly index: number } | 'member' | 'element';

function advance(from: readonly Position[], child: Child, selectors: readonly (readonly Step[])[]): Position[] {
  const reached = new Map<string, Position>();
  for (const [selector, taken] of from) {
    const step = selectors[selector]?.[taken];
    if (step === undefined) continue;
    if (step.deep) reached.set(`${selector}.${taken}`, [selector, taken]);
    if (matches(step.select, child)) reached.set(`${selector}.${taken + 1}`, [selector, taken + 1]);
  }
  return [...reached.values()].sort(([a, i], [b, j]) => a - b || i - j);
}

function matches(select: Step['select'], child: Child): boolean {
  if (select === 'any') return true;
  if (typeof child === 'string') return false;
  if ('name' in select) return 'name' in child && child.name === select.name;
  return 'index' in child && child.index === select.index;
}

function selectedBy(positions: readonly Position[], selectors: readonly (readonly Step[])[]): number {
  return positions.find(([selector, taken]) => taken === selectors[selector]?.length)?.[0] ?? -1;
}

function groupByLength(byName: ReadonlyMap<string, Place>): NamedPlace[][] {
  const names = [...byName].map(([name, place]) => ({ name: Buffer.from(name, 'utf8'), place }));
  const longest = names.reduce((length, { name }) => Math.max(length, name.length), -1);
  return Array.from({ length: longest + 1 }, (_, length) => names.filter(({ name }) => name.length === length));
}

/** A place that leads nowhere but to itself, to be filled in. */
function blank(selected: number): Mutable<Place> {
  const place = {
    selected,
    byLength: [],
    byName: new Map(),
    byIndex: new Map(),
    dead: true,
  } as unknown as Mutable<Place>;
  place.otherMember = place;
  place.otherElement = place;
  return place;
}
