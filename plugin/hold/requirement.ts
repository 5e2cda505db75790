import type { Requirement } from './spec.ts';

/** One person's voice: the groups in which it may count. It counts in one of them. */
export interface Voice {
  readonly groups: readonly string[];
}

/** Index of the voice that fills a place, or null while the place is open. */
type Places = readonly { readonly group: string; readonly voice: number | null }[];

/** True when one of the lists is met: each of its places filled by a voice of its own. */
export function isMet(anyOf: readonly (readonly Requirement[])[], voices: readonly Voice[]): boolean {
  return anyOf.some((list) => fill(list, voices).every(({ voice }) => voice !== null));
}

/** What each list still lacks when every voice counts where it helps most. */
export function lacking(
  anyOf: readonly (readonly Requirement[])[],
  voices: readonly Voice[],
): readonly (readonly Requirement[])[] {
  return anyOf.map((list) => {
    const open = fill(list, voices).filter(({ voice }) => voice === null);
    return [...Map.groupBy(open, ({ group }) => group)].map(([group, places]) => ({ group, count: places.length }));
  });
}

/** The group in which one more voice would count, or null where it would not help any list. */
export function groupFor(
  anyOf: readonly (readonly Requirement[])[],
  voices: readonly Voice[],
  more: Voice,
): string | null {
  for (const list of anyOf) {
    const filled = fill(list, [...voices, more]);
    if (count(filled) > count(fill(list, voices)))
      return filled.find(({ voice }) => voice === voices.length)?.group ?? null;
  }
  return null;
}

/** Most places that the voices can fill, each in one: maximum bipartite matching by augmenting paths (Kuhn). */
function fill(list: readonly Requirement[], voices: readonly Voice[]): Places {
  const places: { group: string; voice: number | null }[] = list.flatMap(({ group, count }) =>
    Array.from({ length: count }, () => ({ group, voice: null })),
  );
  const seat = (voice: number, tried: Set<number>): boolean => {
    const groups = voices[voice]?.groups ?? [];
    for (const [index, place] of places.entries()) {
      if (tried.has(index) || !groups.includes(place.group)) continue;
      tried.add(index);
      if (place.voice === null || seat(place.voice, tried)) {
        place.voice = voice;
        return true;
      }
    }
    return false;
  };
  for (const voice of voices.keys()) seat(voice, new Set());
  return places;
}

function count(places: Places): number {
  return places.filter(({ voice }) => voice !== null).length;
}
