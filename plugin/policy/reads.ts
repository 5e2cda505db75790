import type { Json, JsonObject } from '../request.ts';
import { opaText } from './json.ts';
import { jsonType } from './result.ts';

/**
 * What a policy reads of its input, as paths of member names: what is below a path is read too. The sidecar of a bundle,
 * in its manifest as `metadata.countersign.reads`. Null: nobody knows, so all of it.
 */
export type Reads = readonly (readonly string[])[] | null;

/** More paths than this, and the whole input is cheaper. */
const pathLimit = 200;

/** Reads of a manifest's metadata. @throws TypeError when they are there and malformed */
export function readsIn(metadata: unknown): Reads {
  const own = isObject(metadata) ? metadata.countersign : undefined;
  const reads = isObject(own) ? own.reads : undefined;
  if (reads === undefined) return null;
  const right = (path: unknown) => Array.isArray(path) && path.every((name) => typeof name === 'string');
  if (Array.isArray(reads) && reads.every(right)) return reads as unknown as Reads;
  throw new TypeError('metadata.countersign.reads: expected a list of lists of member names');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A tree of what is kept: `true` keeps all that is below. */
type Kept = true | ReadonlyMap<string, Kept>;

function treeOf(reads: readonly (readonly string[])[]): Kept {
  const root = new Map<string, Kept>();
  for (const path of reads) {
    const known = named(path);
    if (known.length === 0) return true;
    plant(root, known);
  }
  return root;
}

/** Up to a member that no plain object can be given by assignment: what is above it is kept whole. */
function named(path: readonly string[]): readonly string[] {
  const end = path.indexOf('__proto__');
  return end < 0 ? path : path.slice(0, end);
}

function plant(root: Map<string, Kept>, path: readonly string[]): void {
  let node = root;
  for (const [depth, name] of path.entries()) {
    const there = node.get(name);
    if (there === true) return;
    if (depth === path.length - 1) node.set(name, true);
    else {
      const next = (there as Map<string, Kept> | undefined) ?? new Map<string, Kept>();
      node.set(name, next);
      node = next;
    }
  }
}

type Write = (value: Json) => string;

/** Printable ASCII that JSON writes as it is. */
const plain = /^[ !#-[\]-~]*$/;

/** As `opaText` writes it; the usual short texts without the way into the engine and back, which takes longer than they do. */
function writeText(value: Json): string {
  return typeof value === 'string' && value.length < 128 && plain.test(value) ? `"${value}"` : opaText(value);
}

function writeWhole(value: Json): string {
  if (!Array.isArray(value) || value.length > 8) return writeText(value);
  let text = '';
  for (const item of value as readonly Json[]) text += `${text === '' ? '[' : ','}${writeText(item)}`;
  return text === '' ? '[]' : `${text}]`;
}

function writeKept(kept: Kept): Write {
  if (kept === true) return writeWhole;
  const members = [...kept].map(([name, below]) => ({
    name,
    begin: `${JSON.stringify(name)}:`,
    write: writeKept(below),
  }));
  return (value) => {
    // A path that goes into what is no object reads nothing there, and sees that it is none.
    if (jsonType(value) !== 'object') return opaText(value);
    const object = value as JsonObject;
    let text = '';
    for (const { name, begin, write } of members) {
      const member = object[name];
      if (member === undefined || !Object.hasOwn(object, name)) continue;
      text += `${text === '' ? '{' : ','}${begin}${write(member)}`;
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

/**
 * The input as JSON text, less what the policy does not read: its answer is the same, and far less is written and parsed
 * for it. Written at once, since a trimmed copy would cost as much as the text.
 */
export function inputWriter(reads: Reads): (input: Json) => string {
  return reads === null || reads.length > pathLimit ? opaText : writeKept(treeOf(reads));
}
