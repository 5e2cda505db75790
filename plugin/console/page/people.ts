import type { Session, View } from './wire.ts';

/** A link of the chain through which a request came. */
export interface Link {
  readonly role: 'asks' | 'owns' | 'acts';
  readonly id: string;
  /** Empty where the issuer only says who owns it. */
  readonly issuer: string;
  readonly kind: string;
}

/** Who asks through whom, from the human to whoever sent it: the owner, the principal, the actors inwards out. */
export function chainOf({ asker }: Pick<View, 'asker'>): readonly Link[] {
  const owner = asker.owner === null ? [] : [{ role: 'owns', id: asker.owner, issuer: '', kind: 'human' } as const];
  const actors = asker.actors.map(({ id, issuer }) => ({ role: 'acts', id, issuer, kind: 'agent' }) as const);
  return [...owner, { role: 'asks', id: asker.id, issuer: asker.issuer, kind: asker.kind }, ...actors.toReversed()];
}

/** A person as people know them. */
export function nameOf(person: { readonly id: string; readonly person?: string | null | undefined } | null): string {
  return person === null ? 'unknown' : (person.person ?? person.id);
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name
    .replace(/@.*/, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '?')][0]?.toUpperCase() ?? '').join('');
}

/** What is still needed: `2 of dba and 1 of security, or 1 of board`. */
export function neededText(needed: View['needed']): string {
  return needed.map((all) => all.map(({ group, count }) => `${count} of ${group}`).join(' and ')).join(', or ');
}

/** This viewer is who asks, or acts, or owns the agent: as far as the page can tell; the desk decides. */
export function asksItself({ asker }: Pick<View, 'asker'>, { viewer }: Pick<Session, 'viewer'>): boolean {
  const sides = [asker, ...asker.actors];
  if (sides.some(({ id, issuer }) => id === viewer.id && issuer === viewer.issuer)) return true;
  return asker.owner !== null && [viewer.id, viewer.email].includes(asker.owner);
}

/** Where an issuer is: its host, or its whole name where it is no address. */
export function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host || issuer : issuer;
}
