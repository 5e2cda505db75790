import { type Builtin, stringOperand } from './operand.ts';

/** Semantic Versioning 2.0.0, its own expression; OPA lets a `v` stand before it. https://semver.org/#is-there-a-suggested-regular-expression */
const version =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

function read(text: string): { readonly core: readonly bigint[]; readonly pre: readonly string[] } {
  const match = version.exec(text);
  if (!match) throw new TypeError('expected a semantic version');
  return { core: match.slice(1, 4).map(BigInt), pre: match[4]?.split('.') ?? [] };
}

function sign(a: bigint | string, b: bigint | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Precedence of one pre-release identifier (clause 11.4): numbers first, fewer fields first. */
function identifier(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [numericA, numericB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numericA !== numericB) return numericA ? -1 : 1;
  return numericA ? sign(BigInt(a), BigInt(b)) : sign(a, b);
}

function compare(one: string, other: string): number {
  const [a, b] = [read(one), read(other)];
  for (let i = 0; i < 3; i++) {
    const order = sign(a.core[i] ?? 0n, b.core[i] ?? 0n);
    if (order !== 0) return order;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const order = identifier(a.pre[i], b.pre[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `semver.*`. */
export const semver = {
  'semver.compare': ([one, other]) => compare(stringOperand(one), stringOperand(other)),
  'semver.is_valid': ([text]) => typeof text === 'string' && version.test(text),
} satisfies Record<string, Builtin>;
