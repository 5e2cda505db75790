import type { Request } from '../request.ts';
import { type Read, readStrictJson } from './json.ts';

/** What recognisers look at: a request in plain values, which a thread can be sent. */
export interface Seen {
  readonly method: string;
  /** Raw path and query as it arrived. */
  readonly path: string;
  /** In order, with duplicates; names in lower case, values byte for byte (Latin-1). */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Null when nobody knows what it says (threat 8). */
  readonly body: Uint8Array | null;
  /** The route's `context_extensions`. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** The request as recognisers look at it. */
export function seen({ method, path, headers, body, extensions }: Request): Seen {
  const plain = headers.map(({ name, value }) => ({ name, value: value.toString('latin1') }));
  return { method, path, headers: plain, body, extensions };
}

/** Headers by which a framework runs something else than what stands on the request line, or reads another body. */
const overrides: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'content-encoding',
]);

/** The first such header of a request; null when there is none. */
export function overriding(request: Pick<Seen, 'headers'>): string | null {
  return request.headers.find(({ name }) => overrides.has(name))?.name ?? null;
}

/** The one media type of the body, in lower case; null when it is not plainly one in UTF-8. */
export function mediaType({ headers }: Pick<Seen, 'headers'>): string | null {
  const values = headers.filter(({ name }) => name === 'content-type');
  const [only] = values;
  if (only === undefined || values.length > 1) return null;
  const plain = /^\s*([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+)\s*(?:;\s*charset="?utf-8"?\s*)?$/i;
  return plain.exec(only.value)?.[1]?.toLowerCase() ?? null;
}

/** The value of a header that may stand there once; null without it, undefined when it stands there twice. */
export function single({ headers }: Pick<Seen, 'headers'>, name: string): string | null | undefined {
  const found = headers.filter((header) => header.name === name);
  if (found.length > 1) return undefined;
  return found[0]?.value ?? null;
}

/** The body as JSON that every parser reads alike, of one of these media types; else why not (threats 8, 9). */
export function jsonBody(request: Seen, types: ReadonlySet<string>): Read {
  if (request.body === null) return { reason: 'body unseen' };
  const type = mediaType(request);
  if (type === null) return { reason: 'the content type is missing, doubled, or has parameters beside charset=utf-8' };
  if (!types.has(type)) return { reason: 'the content type is not one whose commands are understood' };
  return readStrictJson(request.body, true);
}

/** `application/json`, and nothing that only resembles it. */
export const plainJson: ReadonlySet<string> = new Set(['application/json']);
