import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Json } from '../../../request.ts';
import { jsonInteger } from '../../json.ts';
import { isObject } from '../../result.ts';
import { yamlNumber } from './number.ts';

/** A value, and how many characters of JSON it is at most. */
interface Read {
  readonly value: Json;
  readonly size: number;
}

/**
 * The first document of a text (YAML 1.2's core schema, with merge keys), as the JSON that OPA makes of it: keys become
 * strings, of equal ones the last counts.
 * @param charge pays for what aliases repeat, which may grow beyond all bounds
 * @throws Error for what does not parse, also in a later document, for keys that are no scalars, infinities
 */
export function readYaml(text: string, charge: (steps: number) => void): Json {
  const documents = parseAllDocuments(text, {
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents)) return null;
  for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
  const first = documents[0] as Document | undefined;
  return jsonOf(first?.contents ?? null, charge);
}

function jsonOf(root: Node | null, charge: (steps: number) => void): Json {
  const anchors = new Map<string, Read>();

  function read(node: unknown): Read {
    if (isAlias(node)) {
      const known = anchors.get(node.source);
      if (known === undefined) throw new TypeError('expected an anchor before its alias');
      charge(known.size);
      return known;
    }
    const made = isMap(node)
      ? readMap(node)
      : isSeq(node)
        ? readList(node.items)
        : scalar(isScalar(node) ? resolved(node) : null);
    const { anchor } = (node ?? {}) as { anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, made);
    return made;
  }

  function readList(items: readonly unknown[]): Read {
    const all = items.map(read);
    return { value: all.map(({ value }) => value), size: all.reduce((sum, { size }) => sum + size + 1, 2) };
  }

  function readMap({ items }: YAMLMap<unknown, unknown>): Read {
    const own = new Map<string, Read>();
    const merged: ReadonlyMap<string, Read>[] = [];
    for (const { key, value } of items)
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merged.push(...sources(value));
      else own.set(nameOf(read(key).value), read(value));
    // What a mapping says itself counts, then what is merged first.
    const all = new Map([...merged.reverse().flatMap((one) => [...one]), ...own]);
    const size = [...all].reduce((sum, [name, one]) => sum + name.length + one.size + 4, 2);
    return { value: Object.fromEntries([...all].map(([name, { value }]) => [name, value])), size };
  }

  function sources(node: unknown): ReadonlyMap<string, Read>[] {
    const { value, size } = read(node);
    return (Array.isArray(value) ? value : [value]).map((one) => {
      if (!isObject(one)) throw new TypeError('expected a mapping to merge');
      return new Map(Object.entries(one).map(([name, member]) => [name, { value: member, size }]));
    });
  }

  return read(root).value;
}

/** @throws TypeError for a key that is no text, number or boolean */
function nameOf(key: Json): string {
  if (key === null || Array.isArray(key) || isObject(key)) throw new TypeError('expected a scalar as key');
  return typeof key === 'string' ? key : JSON.stringify(key);
}

/** What a scalar says to Go's library, which knows more numbers. */
function resolved({ value, source, type, tag }: Scalar): unknown {
  if (type !== 'PLAIN' || source === undefined || tag !== undefined) return value;
  const number = yamlNumber(source);
  return number ?? (typeof value === 'bigint' ? source : value);
}

function scalar(value: unknown): Read {
  if (typeof value === 'string') return { value, size: value.length + 2 };
  if (typeof value === 'bigint') return { value: jsonInteger(value), size: 20 };
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('expected a number of JSON');
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return { value, size: 20 };
  throw new TypeError('expected a value of JSON');
}
