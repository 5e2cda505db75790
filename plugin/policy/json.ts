import { CountersignError } from '../errors.ts';
import type { Json } from '../request.ts';

/** ECMAScript's "JSON.parse source text access" (Node 22), which TypeScript does not describe yet. */
const spelled = JSON as unknown as {
  rawJSON(text: string): Json;
  isRawJSON(value: unknown): boolean;
  parse(text: string, reviver: (key: string, value: Json, context: { source?: string }) => Json): Json;
};

/** Cheap gate: only such a text can hold a number that a double does not keep. */
const longNumber = /[0-9][0-9.]{15}|[0-9][eE]/;

/**
 * `JSON.parse` that keeps numbers which a double would change (64-bit ids, nanoseconds, 1e400) by their spelling:
 * such a number is a frozen `{rawJSON}` that `JSON.stringify` writes as it was.
 * @throws SyntaxError
 */
export function parseJson(text: string): Json {
  if (!longNumber.test(text)) return JSON.parse(text) as Json;
  return spelled.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && isChanged(value, source) ? spelled.rawJSON(source) : value,
  );
}

/**
 * A JSON text as OPA hashes it for a bundle's signature: members in the order of their names' bytes, no white space,
 * numbers as they are spelled. @throws SyntaxError
 */
export function canonicalJson(text: string): string {
  return canonicalValue(
    spelled.parse(text, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined ? spelled.rawJSON(source) : value,
    ),
  );
}

/** A JSON value so. */
export function canonicalValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalValue).join(',')}]`;
  if (typeof value !== 'object' || value === null || spelled.isRawJSON(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalValue(item)}`).join(',')}}`;
}

function isChanged(value: number, source: string): boolean {
  return !Number.isFinite(value) || (source.length > 15 && String(value) !== source);
}

/** True for a number that `parseJson` kept by its spelling. */
export function isRawNumber(value: Json): boolean {
  return spelled.isRawJSON(value);
}

/** An integer of any size as a JSON number. */
export function jsonInteger(value: bigint): Json {
  return spelled.rawJSON(String(value));
}

/** The integer that a JSON number spells, or undefined when it is none. */
export function integerOf(value: Json | undefined): bigint | undefined {
  const text = typeof value === 'number' || typeof value === 'object' ? JSON.stringify(value) : '';
  return /^-?[0-9]+$/.test(text) ? BigInt(text) : undefined;
}

/** Nesting of arrays and objects that this service takes in; parsers down the line recurse. */
const depthLimit = 500;

/**
 * Keys of one object that this service takes in. OPA's objects hash without a seed, so that a caller can choose keys
 * that collide; an honest body has fewer.
 */
export const keyLimit = 10_000;

/** Values of a document that this service takes in: each costs time and memory beyond its bytes, `{}` more than others. */
const valueLimit = 50_000;

/** Where `text`, valid JSON or not, exceeds what we follow. Linear, without recursion. */
function excess(text: string): string | null {
  const keys: number[] = [];
  let depth = 0;
  let inString = false;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthLimit) return `nests deeper than ${depthLimit}`;
      keys[depth] = 0;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2c) {
      if (++values > valueLimit) return `has more than ${valueLimit} values`;
    } else if (code === 0x3a) {
      const count = (keys[depth] ?? 0) + 1;
      if (count > keyLimit) return tooWide;
      keys[depth] = count;
    }
  }
  return null;
}

/** What is wrong with a body of too many keys. */
export const tooWide = `has an object of more than ${keyLimit} keys`;

/**
 * A caller's JSON, bounded in depth and in keys per object. What follows the value is malformed, too.
 * @throws CountersignError `policy_error`; the message does not quote the text
 */
export function parseJsonText(text: string): Json {
  const found = excess(text);
  if (found !== null) throw new CountersignError('policy_error', `the JSON body ${found}`);
  try {
    return parseJson(text);
  } catch {
    throw new CountersignError('policy_error', 'expected a body of one JSON value, got something that does not parse');
  }
}

/**
 * JSON text of a value for OPA: lone surrogates, which Go's decoder replaces and OPA's WASM parser refuses, become
 * U+FFFD.
 */
export function opaText(value: Json): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\ud')) return text;
  return text.replace(/\\(\\|ud[89a-f][0-9a-f]{2})/g, (found) => (found === '\\\\' ? found : '\\ufffd'));
}
