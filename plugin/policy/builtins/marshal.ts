import type { Json } from '../../request.ts';
import { isObject } from '../result.ts';
import { type Builtin, type Context, stringOperand } from './operand.ts';
import { readTerm, type Term } from './term.ts';

/** How lines begin; null writes none. */
export interface Indentation {
  readonly prefix: string;
  readonly indent: string;
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** Go's `encoding/json` writes texts so that they may stand in HTML. */
function goString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(/[<>&\u2028\u2029]/g, (char) => escapes[char] ?? char);
}

/**
 * A value as Go's `encoding/json` writes it: objects by the bytes of their keys, sets as sorted arrays.
 * @param charge pays for every line's beginning, which grows with its depth
 */
export function goJson(term: Term, layout: Indentation | null = null, charge: Context['charge'] = () => {}): string {
  const colon = layout === null ? ':' : ': ';

  function line(depth: number): string {
    if (layout === null) return '';
    charge(layout.prefix.length + layout.indent.length * depth);
    return `\n${layout.prefix}${layout.indent.repeat(depth)}`;
  }

  function listed(open: string, items: readonly string[], close: string, depth: number): string {
    if (items.length === 0) return open + close;
    return `${open}${items.map((item) => line(depth + 1) + item).join(',')}${line(depth)}${close}`;
  }

  function write(value: Term, depth: number): string {
    if (value.kind === 'string') return goString(value.value);
    if (value.kind === 'array' || value.kind === 'set') {
      const items = value.items.map((item) => write(item, depth + 1));
      return listed('[', items, ']', depth);
    }
    if (value.kind !== 'object') return value.text;
    const members = value.members.map(([key, item]) => [nameOf(key), item] as const);
    const sorted = [...new Map(members)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const items = sorted.map(([name, item]) => `${goString(name)}${colon}${write(item, depth + 1)}`);
    return listed('{', items, '}', depth);
  }

  return write(term, 0);
}

/** A key that is no string is named by its JSON. */
function nameOf(key: Term): string {
  return key.kind === 'string' ? key.value : goJson(key);
}

/** Null where nothing asks for lines. @throws TypeError for an option that is unknown or of another type */
function layoutOf(options: Json | undefined): Indentation | null {
  if (!isObject(options)) throw new TypeError('expected an object of options');
  const { prefix, indent, pretty, ...rest } = options;
  if (Object.keys(rest).length > 0) throw new TypeError('expected no other options than prefix, indent, pretty');
  if (pretty !== undefined && typeof pretty !== 'boolean') throw new TypeError('expected pretty to be a boolean');
  const layout = {
    prefix: prefix === undefined ? '' : stringOperand(prefix),
    indent: indent === undefined ? '\t' : stringOperand(indent),
  };
  return (pretty ?? (prefix !== undefined || indent !== undefined)) ? layout : null;
}

/** `json.marshal_with_options`; the plain `json.marshal` is in the module itself. */
export const marshal = {
  'json.marshal_with_options'([, options], context) {
    const layout = layoutOf(options);
    return `${layout?.prefix ?? ''}${goJson(readTerm(context.rego(0)), layout, context.charge)}`;
  },
} satisfies Record<string, Builtin>;
