import type { Json } from '../../request.ts';

/** Where a part of a module stands. */
export interface Location {
  readonly file: string;
  readonly row: number;
  readonly col: number;
}

/** A term of Rego as `opa parse --format json` shows it: `value` depends on `type`. */
export interface Term {
  readonly type: string;
  readonly value: unknown;
  readonly location?: Location;
}

/** The head of a rule: `ref` is its name, with more terms for `name[key]`; `key` alone makes a set. */
export interface Head {
  readonly ref?: readonly Term[];
  readonly name?: string;
  readonly key?: Term;
  readonly value?: Term;
  readonly args?: readonly Term[];
  readonly location?: Location;
}

/** One rule; what follows `else` is another. */
export interface Rule {
  readonly head: Head;
  readonly body?: readonly unknown[];
  readonly else?: Rule;
  readonly default?: boolean;
  readonly location?: Location;
}

/** A parsed file. */
export interface Module {
  readonly package: { readonly path: readonly Term[] };
  readonly imports?: readonly { readonly path: Term; readonly alias?: string }[];
  readonly rules?: readonly Rule[];
}

/** `data.envoy.authz` of a module, or of a reference that names its parts by text. */
export function pathOf(terms: readonly Term[]): string {
  return terms.map(({ value }) => String(value)).join('.');
}

/** True for anything that is a term. */
export function isTerm(node: unknown): node is Term {
  return typeof node === 'object' && node !== null && 'type' in node && 'value' in node;
}

/** A call's function and arguments, whether it is a term or an expression's list of terms. */
export function callOf(node: unknown): { readonly name: string; readonly args: readonly Term[] } | null {
  const list = isTerm(node) ? (node.type === 'call' ? node.value : null) : node;
  if (!Array.isArray(list) || list.length === 0) return null;
  const [operator, ...args] = list as readonly unknown[];
  if (!isTerm(operator) || operator.type !== 'ref' || !args.every(isTerm)) return null;
  return { name: pathOf(operator.value as readonly Term[]), args };
}

/** Every node below one, itself included, with the nodes that it is part of, outermost first. */
export function* nodesOf(
  node: unknown,
  within: readonly object[] = [],
): Generator<readonly [object, readonly object[]]> {
  if (typeof node !== 'object' || node === null) return;
  yield [node, within];
  const inner = [...within, node];
  for (const [name, child] of Object.entries(node)) if (name !== 'location') yield* nodesOf(child, inner);
}

/** The members of an object term. */
export function membersOf(term: Term): readonly (readonly [key: Term, value: Term])[] {
  return term.type === 'object' ? (term.value as readonly (readonly [Term, Term])[]) : [];
}

/** What a term says when it says the same always: undefined when it depends on something. */
export function constantOf(term: Term, named: (name: string) => Term | undefined = () => undefined): Json | undefined {
  if (['string', 'number', 'boolean', 'null'].includes(term.type)) return (term.value ?? null) as Json;
  if (term.type === 'var') {
    const definition = named(String(term.value));
    return definition === undefined ? undefined : constantOf(definition);
  }
  if (term.type === 'array') {
    const items = (term.value as readonly Term[]).map((one) => constantOf(one, named));
    return items.every((one) => one !== undefined) ? (items as readonly Json[]) : undefined;
  }
  if (term.type !== 'object') return undefined;
  const members: [string, Json][] = [];
  for (const [key, value] of membersOf(term)) {
    const constant = constantOf(value, named);
    if (key.type !== 'string' || constant === undefined) return undefined;
    members.push([String(key.value), constant]);
  }
  return Object.fromEntries(members);
}
