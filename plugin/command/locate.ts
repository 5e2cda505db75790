import type { Json, JsonObject } from '../request.ts';
import { foldedKey, readStrictJson } from './json.ts';
import { mediaType, overriding, type Seen } from './seen.ts';

/** The text of a command, or why nobody can be sure what the upstream will take for it. */
export type Located = { readonly text: string } | { readonly reason: string };

/** Media types of a raw command. */
const rawTypes: ReadonlySet<string> = new Set(['text/plain', 'application/sql', 'text/sql']);

/**
 * Finds a command's text where the route says it is: `body` (the raw body) or a path into a JSON body, such as `$.sql`
 * or `$.queries[0].text`. What parsers downstream could read in another way is not text but a reason (threats 8, 9).
 */
export function locate(request: Seen, path: string): Located {
  if (request.body === null) return { reason: 'body unseen' };
  const type = mediaType(request);
  if (type === null) return { reason: 'the content type is missing, doubled, or has parameters beside charset=utf-8' };
  const override = overriding(request);
  if (override !== null) return { reason: `the header ${override} changes what the request means` };
  const text = path === 'body' ? fromBody(request.body, type) : fromJson(request, request.body, type, path);
  return 'reason' in text ? text : usable(text.text);
}

function fromBody(body: Uint8Array, type: string): Located {
  if (!rawTypes.has(type)) return { reason: 'the content type is not that of plain text or SQL' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { reason: 'the body is not valid UTF-8' };
  }
}

function fromJson(request: Seen, body: Uint8Array, type: string, path: string): Located {
  if (type !== 'application/json' && !/^application\/[^/]+\+json$/.test(type))
    return { reason: 'the content type is not JSON' };
  const steps = stepsOf(path);
  if (steps === null) return { reason: 'countersign.sql.path of the route is neither body nor a path such as $.sql' };
  const leaf = steps.findLast((step) => typeof step === 'string');
  if (leaf !== undefined && queryNames(request.path).has(foldedKey(leaf)))
    return { reason: 'the query has a parameter of the same name as the member with the command' };
  const read = readStrictJson(body);
  if ('reason' in read) return read;
  let at: Json | undefined = read.value;
  for (const step of steps) at = member(at, step);
  return typeof at === 'string' ? { text: at } : { reason: 'the body has no text where the route says the command is' };
}

/** `$.a[0].b` as `['a', 0, 'b']`; null for anything else. */
function stepsOf(path: string): readonly (string | number)[] | null {
  if (!/^\$(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,6}\])+$/.test(path)) return null;
  return [...path.matchAll(/\.([^.[]+)|\[([0-9]+)\]/g)].map(([, name, index]) => name ?? Number(index));
}

function member(at: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === 'number') return Array.isArray(at) ? (at as readonly Json[])[step] : undefined;
  if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, step)) return undefined;
  return (at as JsonObject)[step];
}

function queryNames(path: string): ReadonlySet<string> {
  const mark = path.indexOf('?');
  return new Set(mark < 0 ? [] : [...new URLSearchParams(path.slice(mark + 1)).keys()].map(foldedKey));
}

/** A parser written in C ends at NUL, one in another language does not; half a surrogate pair has no UTF-8. */
function usable(text: string): Located {
  if (text.includes('\0')) return { reason: 'the command has a NUL character' };
  if (!text.isWellFormed()) return { reason: 'the command is not valid Unicode' };
  return { text };
}
