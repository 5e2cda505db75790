/** How many cases OPA has, by version of Rego and family. */
export type Counts = Readonly<Record<'v0' | 'v1', Readonly<Record<string, number>>>>;

/** A case's note begins with its family, as a rule. */
export function familyOf(note: string): string {
  return note.includes('/') ? (note.split('/', 1)[0] ?? '') : 'without a family';
}
