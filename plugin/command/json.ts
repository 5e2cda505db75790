import type { Json } from '../request.ts';

/** Nesting that parsers downstream are sure to take. */
const depthLimit = 64;

/** Values in one text; each costs far more than its bytes wherever facts travel. */
const valueLimit = 20_000;

/** A JSON text and what it says, or why parsers may differ over it. */
export type Read = { readonly value: Json } | { readonly reason: string };

/**
 * Reads JSON (RFC 8259) that every parser reads alike: valid UTF-8 without a byte order mark, nothing behind the value,
 * no member twice in an object, not even in another case: Go matches `SQL`, and `ſql` with the long s, to `sql`
 * (threat 9). `exact`: nor a number that a double can't hold, which some parsers round and others do not.
 */
export function readStrictJson(bytes: Uint8Array, exact = false): Read {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.startsWith('\ufeff')) return { reason: 'the body starts with a byte order mark' };
    return { value: scan(text, exact) };
  } catch (error) {
    return { reason: error instanceof Ambiguous ? error.message : 'the body is not valid UTF-8' };
  }
}

/** Carries a reason out of the recursion. */
class Ambiguous extends Error {}

const space = /[ \t\n\r]*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![0-9A-Za-z.+-])/y;

function scan(text: string, exact: boolean): Json {
  let at = 0;
  let values = 0;

  function match(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return null;
    at += found.length;
    return found;
  }

  /** The next character that is not white space, consumed when it is `wanted`. */
  function take(wanted: string): boolean {
    match(space);
    if (text[at] !== wanted) return false;
    at += 1;
    return true;
  }

  function need(wanted: string): void {
    if (!take(wanted)) throw new Ambiguous('the body is not JSON');
  }

  function text_(): string {
    match(space);
    const found = match(string);
    if (found === null) throw new Ambiguous('the body is not JSON');
    return JSON.parse(found) as string;
  }

  function value(depth: number): Json {
    if (depth > depthLimit) throw new Ambiguous(`the body is nested deeper than ${depthLimit}`);
    values += 1;
    if (values > valueLimit) throw new Ambiguous(`the body has more than ${valueLimit} values`);
    if (take('{')) return object(depth);
    if (take('[')) return array(depth);
    if (text[at] === '"') return text_();
    const found = match(scalar);
    if (found === null) throw new Ambiguous('the body is not JSON');
    const read = JSON.parse(found) as Json;
    if (exact && typeof read === 'number' && !isExact(read, found))
      throw new Ambiguous('the body has a number that parsers round differently');
    return read;
  }

  function object(depth: number): Json {
    const members: [string, Json][] = [];
    const seen = new Set<string>();
    if (take('}')) return {};
    do {
      const name = text_();
      const folded = foldedKey(name);
      if (seen.has(folded)) throw new Ambiguous('the body names a member twice, or twice but for case');
      seen.add(folded);
      need(':');
      members.push([name, value(depth + 1)]);
    } while (take(','));
    need('}');
    return Object.fromEntries(members);
  }

  function array(depth: number): Json {
    const items: Json[] = [];
    if (take(']')) return items;
    do items.push(value(depth + 1));
    while (take(','));
    need(']');
    return items;
  }

  const read = value(0);
  match(space);
  if (at < text.length) throw new Ambiguous('the body goes on behind its JSON value');
  return read;
}

/** False for an integer that doubles skip, and for a number that is none to them. */
function isExact(read: number, text: string): boolean {
  return /[.eE]/.test(text)
    ? Number.isFinite(read) && Math.abs(read) <= Number.MAX_SAFE_INTEGER
    : Number.isSafeInteger(read);
}

/** Equal for names that some parser takes for the same member. */
export function foldedKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase();
}
