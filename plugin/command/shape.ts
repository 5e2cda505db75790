import { createHash } from 'node:crypto';
import { isRecord, type Tree } from './tree.ts';

/** Members that say where something stands, not what it is. */
const positions: ReadonlySet<string> = new Set(['location', 'stmt_location', 'stmt_len', 'list_start', 'list_end']);

/**
 * The fingerprint of a statement: SHA-256, 32 hexadecimal digits, over its parse tree without positions, each literal as
 * `?` and a list of literals as one. Two statements with one shape differ in literals only; text that is code to the
 * server (a `DO` body, a function's body) is no literal.
 */
export function shapeOf(statement: Tree): string {
  return createHash('sha256')
    .update(JSON.stringify(reduced(statement)))
    .digest('hex')
    .slice(0, 32);
}

const literal = '?';

function reduced(tree: Tree): unknown {
  if (Array.isArray(tree)) {
    const items = tree.map(reduced);
    return items.length > 1 && items.every((item) => item === literal) ? [literal] : items;
  }
  if (!isRecord(tree)) return tree;
  if (tree.A_Const !== undefined) return literal;
  return Object.entries(tree)
    .filter(([name]) => !positions.has(name))
    .map(([name, value]) => [name, reduced(value)]);
}
