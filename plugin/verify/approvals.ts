/** So many people of one group. */
export interface Requirement {
  readonly group: string;
  readonly count: number;
}

/** One person's yes, as its entry says it. */
export interface Approval {
  readonly version: number;
  readonly approver: { readonly id: string; readonly issuer: string; readonly person?: string | undefined };
  /** Of the approver's groups those that the hold asks for. */
  readonly groups: readonly string[];
}

/** Who asks: nobody of this side may approve. */
export interface AskingSide {
  readonly id: string;
  readonly issuer: string;
  readonly actors: readonly { readonly id: string; readonly issuer: string }[];
}

/** Approvals by somebody of the asking side. */
export function selfApprovals(side: AskingSide, approvals: readonly Approval[]): Approval[] {
  const asking = [side, ...side.actors];
  return approvals.filter(({ approver }) =>
    asking.some(({ id, issuer }) => id === approver.id && issuer === approver.issuer),
  );
}

/**
 * Whether the approvals fill one of the lists, a place each: no person twice, whatever account they use, and each in
 * one group (holds.md, four eyes).
 */
export function suffices(anyOf: readonly (readonly Requirement[])[], approvals: readonly Approval[]): boolean {
  const people = approvals.filter(
    (approval, index) => !approvals.slice(0, index).some((earlier) => samePerson(earlier.approver, approval.approver)),
  );
  return anyOf.some((list) => {
    const places = list.flatMap(({ group, count }) => Array.from({ length: count }, () => group));
    return places.length > 0 && canFill(places, people);
  });
}

/** True for two accounts of one human. */
export function samePerson(one: Approval['approver'], other: Approval['approver']): boolean {
  if (one.person !== undefined && one.person === other.person) return true;
  return one.id === other.id && one.issuer === other.issuer;
}

/** Augmenting paths from the places' side: each place looks for a person, and asks others to move. */
function canFill(places: readonly string[], people: readonly Approval[]): boolean {
  const placeOf = new Map<number, number>();
  const place = (at: number, asked: Set<number>): boolean =>
    people.some(({ groups }, person) => {
      if (asked.has(person) || !groups.includes(places[at] ?? '')) return false;
      asked.add(person);
      const other = placeOf.get(person);
      if (other !== undefined && !place(other, asked)) return false;
      placeOf.set(person, at);
      return true;
    });
  return places.every((_, at) => place(at, new Set()));
}
