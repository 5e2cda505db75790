import { type Counts, familyOf } from './counts.ts';

const versions = ['v0', 'v1'] as const;
type Exclusions = Readonly<Record<(typeof versions)[number], Readonly<Record<string, string>>>>;

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** `12 of 15` of a version's cases. */
function passing(total: number, excluded: number): string {
  return total === 0 ? '' : `${total - excluded} of ${total}`;
}

/** What `docs/builtins.md` says of OPA's cases, in Markdown: families of which some do not pass, and why each does not. */
export function tableOf(excluded: Exclusions, counts: Counts): string {
  const families = new Map<string, { readonly v0: string[]; readonly v1: string[] }>();
  for (const version of versions)
    for (const [note, reason] of Object.entries(excluded[version])) {
      const family = families.get(familyOf(note)) ?? { v0: [], v1: [] };
      families.set(familyOf(note), family);
      family[version].push(reason);
    }
  const named = [...families].sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = (version: 'v0' | 'v1') => Object.values(counts[version]).reduce((total, one) => total + one, 0);
  const all = versions.map((version) => passing(sum(version), Object.keys(excluded[version]).length));
  return [
    row(['Family of cases', 'Rego v0', 'Rego v1', 'What does not pass, and why']),
    row(['---', '---', '---', '---']),
    ...named.map(([family, reasons]) =>
      row([
        `\`${family}\``,
        ...versions.map((version) => passing(counts[version][family] ?? 0, reasons[version].length)),
        [...new Set([...reasons.v0, ...reasons.v1])].sort().join('; '),
      ]),
    ),
    row(['all', ...all, '']),
  ].join('\n');
}
