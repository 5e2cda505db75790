import type { NamedPlace, Place } from '../automaton.ts';
import { malformed } from './token.ts';

/**
 * Where a member stands, by its name: the raw bytes between the quotes, from `start` to `end` of `b`. Escapes are
 * decoded before names are compared.
 * @throws CountersignError `mask_impossible` when the name has a lone surrogate, of which parsers make different names
 */
export function memberPlace(parent: Place, b: Buffer, start: number, end: number, escaped: boolean): Place {
  if (escaped) return byDecodedName(parent, b.toString('utf8', start, end));
  const { byLength } = parent;
  const length = end - start;
  if (length >= byLength.length) return parent.otherMember;
  const names = byLength[length] as readonly NamedPlace[];
  for (let i = 0; i < names.length; i++) {
    const { name, place } = names[i] as NamedPlace;
    if (same(name, b, start)) return place;
  }
  return parent.otherMember;
}

function same(name: Uint8Array, b: Buffer, start: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== b[start + i]) return false;
  return true;
}

function byDecodedName(parent: Place, raw: string): Place {
  const name: string = JSON.parse(`"${raw}"`);
  if (!name.isWellFormed()) throw malformed('a member name has a lone surrogate');
  return parent.byName.get(name) ?? parent.otherMember;
}

/** Where an element stands, by its index. */
export function elementPlace(parent: Place, index: number): Place {
  if (parent.byIndex.size === 0) return parent.otherElement;
  return parent.byIndex.get(index) ?? parent.otherElement;
}
