import type { Principal } from '../request.ts';

/** The asking side of a hold, as it was when it asked. */
export type Asker = Pick<Principal, 'id' | 'issuer' | 'kind' | 'groups' | 'actors' | 'person' | 'owner'>;

/** Somebody who may countersign: an identity and the human behind it. */
export type Approver = Pick<Principal, 'id' | 'issuer' | 'person'>;

/** What is known of how two identities relate: surely the same human, surely two, or not to be told. */
export type Relation = 'same' | 'other' | 'unknown';

/**
 * Whether two approvers are one human (holds.md, four eyes). An issuer that names no person can be compared with itself
 * only, by its ids.
 */
export function relation(a: Approver, b: Approver): Relation {
  if (sameAccount(a, b)) return 'same';
  if (a.person !== null && b.person !== null) return sameName(a.person, b.person) ? 'same' : 'other';
  return a.issuer === b.issuer && a.person === b.person ? 'other' : 'unknown';
}

/**
 * How an approver relates to the side that asks: the principal, whoever acts for it, and the owner of an agent. An agent
 * or workload that names no person is no human itself; its owner and actors are compared all the same.
 */
export function relationToAsker(asker: Asker, approver: Approver): Relation {
  const names = [asker.id, asker.person, asker.owner, ...asker.actors.map(({ id }) => id)];
  if ([asker, ...asker.actors].some((one) => sameAccount(one, approver))) return 'same';
  if (approver.person !== null && names.some((name) => name !== null && sameName(name, approver.person))) return 'same';
  if (asker.owner !== null && sameName(asker.owner, approver.id)) return 'same';
  if (asker.owner !== null && approver.person === null) return 'unknown';
  if (asker.kind !== 'human' && asker.person === null)
    return approver.person === null && approver.issuer !== asker.issuer ? 'unknown' : 'other';
  return relation(asker, approver);
}

function sameAccount(a: Pick<Approver, 'id' | 'issuer'>, b: Pick<Approver, 'id' | 'issuer'>): boolean {
  return a.issuer === b.issuer && a.id === b.id;
}

/** Spellings of one name: compatibility forms and case do not make two people. */
function sameName(a: string, b: string | null): boolean {
  return b !== null && folded(a) === folded(b);
}

function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
