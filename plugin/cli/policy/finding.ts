import pc from 'picocolors';

/** Something that an author should change. Lines and columns begin at 1. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What was looked for: `compile`, `input`, `builtin`, `result`, `order`, `load`. */
  readonly check: string;
  readonly message: string;
}

/** In the order in which an author reads the files; the same thing is told once. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const once = new Map(findings.map((one) => [JSON.stringify(one), one]));
  return [...once.values()].sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `file:line: text [check]`, which editors can follow; in colour on a terminal only. */
export function findingLine({ file, line, check, message }: Finding): string {
  return `${pc.bold(`${file}:${line}:`)} ${message} ${pc.dim(`[${check}]`)}`;
}
