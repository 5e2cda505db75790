import { asksItself } from './people.ts';
import type { Session, View } from './wire.ts';

/** The lists of the inbox: to decide, waiting for others, approved but not used yet. */
export type Tab = 'decide' | 'waiting' | 'approved';

/** The lists in their order, with their names. */
export const tabs: readonly { readonly tab: Tab; readonly label: string }[] = [
  { tab: 'decide', label: 'To decide' },
  { tab: 'waiting', label: 'Waiting' },
  { tab: 'approved', label: 'Approved' },
];

/** Where a hold stands; null for one that is closed. */
export function tabOf(view: View): Tab | null {
  if (view.state === 'approved' || view.state === 'granted') return 'approved';
  if (view.state !== 'pending') return null;
  return view.barred === null ? 'decide' : 'waiting';
}

/** What of a list is shown. */
export interface Sieve {
  readonly tab: Tab;
  /** Words that all stand in it; case does not matter. */
  readonly text: string;
  /** Empty for all. */
  readonly rule: string;
  readonly asker: string;
}

/** A row of the list. `gone`: it no longer belongs there, and stays until nobody's pointer is on the list. */
export interface Row {
  readonly view: View;
  readonly gone: boolean;
}

/**
 * The rows, oldest first. While `held` (a pointer, or a finger, is on the list) every row of `before` keeps its place,
 * those that no longer belong there included, and what is new stands behind them (threat 21).
 */
export function arrange(
  before: readonly string[],
  holds: ReadonlyMap<string, View>,
  sieve: Sieve,
  held: boolean,
): readonly Row[] {
  const wanted = [...holds.values()].filter((view) => passes(view, sieve)).toSorted(byAge);
  if (!held) return wanted.map((view) => ({ view, gone: false }));
  const stay = before.flatMap((id) => holds.get(id) ?? []);
  const belongs = new Set(wanted.map(({ id }) => id));
  const there = new Set(before);
  return [
    ...stay.map((view) => ({ view, gone: !belongs.has(view.id) })),
    ...wanted.filter(({ id }) => !there.has(id)).map((view) => ({ view, gone: false })),
  ];
}

function byAge(one: View, other: View): number {
  return one.opened - other.opened || (one.id < other.id ? -1 : 1);
}

function passes(view: View, { tab, text, rule, asker }: Sieve): boolean {
  if (tabOf(view) !== tab) return false;
  if (rule !== '' && view.rule !== rule) return false;
  if (asker !== '' && view.asker.id !== asker) return false;
  const words = text.toLowerCase().trim().split(/\s+/);
  const found = text.trim() === '' ? '' : haystack(view);
  return words.every((word) => found.includes(word));
}

const haystacks = new WeakMap<View, string>();

function haystack(view: View): string {
  const known = haystacks.get(view);
  if (known !== undefined) return known;
  const made = JSON.stringify([view.id, view.asker, view.rule, view.reason, view.display]).toLowerCase();
  haystacks.set(view, made);
  return made;
}

/** The values of one member that occur in the list, sorted: what one can sieve by. */
export function valuesOf(holds: Iterable<View>, member: (view: View) => string): readonly string[] {
  return [...new Set([...holds].map(member))].filter((value) => value !== '').toSorted();
}

/** The row beside the one at hand, which stays where there is none; the first without one at hand. */
export function beside(ids: readonly string[], current: string | null, step: 1 | -1): string | null {
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[at + step] ?? ids[at] ?? null;
}

/** The row that takes the place of one that was decided: the next that can be decided, or the last before it. */
export function after(rows: readonly Row[], id: string): string | null {
  const at = rows.findIndex(({ view }) => view.id === id);
  const open = (row: Row) => !row.gone && row.view.id !== id;
  return rows.slice(at + 1).find(open)?.view.id ?? rows.slice(0, Math.max(at, 0)).findLast(open)?.view.id ?? null;
}

/** What this viewer may do with a hold. */
export interface Powers {
  readonly decide: boolean;
  /** Take the own approval back, or the own request; null for neither. */
  readonly withdraw: 'approval' | 'request' | null;
}

/** As the hold says; the desk has the last word. */
export function powersOf(view: View, session: Pick<Session, 'viewer'>): Powers {
  const open = view.state === 'pending' || view.state === 'approved';
  return {
    decide: view.state === 'pending' && view.barred === null,
    withdraw: open && view.mine ? 'approval' : view.state === 'pending' && asksItself(view, session) ? 'request' : null,
  };
}
