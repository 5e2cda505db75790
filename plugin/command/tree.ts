/** PostgreSQL's parse tree as libpg_query gives it: `{NodeName: {...}}`, the name left out where the type is certain. */
export type Tree = unknown;

/** A node with its name; the name is '' where the parser leaves it out. */
export interface Node {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Names of nodes start with a capital, members of a node do not (A_Const, RangeVar against relname). */
const nodeName = /^[A-Z]/;

/** True for an object that is not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The node of a tree; null for a list or a scalar. */
export function nodeOf(tree: Tree): Node | null {
  if (!isRecord(tree)) return null;
  const keys = Object.keys(tree);
  const [only] = keys;
  if (keys.length === 1 && only !== undefined && nodeName.test(only)) {
    const fields = tree[only];
    return { name: only, fields: isRecord(fields) ? fields : {} };
  }
  return { name: '', fields: tree };
}

/** The nodes of a list; empty for anything that is not one. A `List` node counts as its items. */
export function nodesOf(tree: Tree): readonly Node[] {
  if (Array.isArray(tree)) return tree.map(nodeOf).filter((node) => node !== null);
  const node = nodeOf(tree);
  return node?.name === 'List' ? nodesOf(node.fields.items) : [];
}

/** Strings of a list of `String` nodes, `*` for a star. */
export function namesOf(tree: Tree): readonly string[] {
  return nodesOf(tree).map(({ name, fields }) => (name === 'A_Star' ? '*' : text(fields.sval)));
}

/** A scalar as text; '' when there is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Calls `visit` on every node below and at `tree`, outermost first. `visit` returns false to stay out of a node. */
export function walk(tree: Tree, visit: (node: Node) => boolean | undefined): void {
  if (Array.isArray(tree)) {
    for (const item of tree) walk(item, visit);
    return;
  }
  const node = nodeOf(tree);
  if (node === null || visit(node) === false) return;
  for (const child of Object.values(node.fields)) if (typeof child === 'object') walk(child, visit);
}
