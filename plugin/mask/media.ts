import { CountersignError } from '../errors.ts';
import { headerText, type ResponseHead } from '../request.ts';
import { decoders, type OpenDecoder } from './encoding.ts';
import type { Media } from './rewriter.ts';

/** RFC 9110 section 8.3.1; a parameter's value has no escapes here. */
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const contentType = new RegExp(
  `^(${token}/${token})((?:[ \\t]*;[ \\t]*(?:${token}=(?:${token}|"[^"\\\\]*"))?)*)[ \\t]*$`,
);
const parameter = new RegExp(`(${token})=(?:(${token})|"([^"\\\\]*)")`, 'g');

/**
 * Reads a content-type: the media type and the names of parameters in lower case.
 * @throws CountersignError `mask_impossible` when it is malformed, or has a parameter twice
 */
export function parseMedia(text: string): Media {
  const [, type, rest] = contentType.exec(text) ?? [];
  if (type === undefined || rest === undefined) throw impossible('the content-type is malformed');
  const parameters = new Map<string, string>();
  for (const [, name = '', plain, quoted] of rest.matchAll(parameter)) {
    if (parameters.has(name.toLowerCase())) throw impossible('the content-type has a parameter twice');
    parameters.set(name.toLowerCase(), plain ?? quoted ?? '');
  }
  return { type: type.toLowerCase(), parameters };
}

/** Content-types that were read: an upstream has few. */
const known = new Map<string, Media>();
const knownLimit = 256;

/** Statuses whose body is a part or a difference of the representation. */
const partialStatuses: ReadonlySet<number> = new Set([206, 226]);

/**
 * What the body of a response that masks are to be applied to says it is; null when it says nothing.
 * @throws CountersignError `mask_impossible` when that isn't known for certain
 */
export function mediaOf(head: ResponseHead): Media | null {
  if (partialStatuses.has(head.status) || values(head, 'content-range').length > 0)
    throw impossible('a part of a representation came, which masks can not be applied to');
  single(head, 'transfer-encoding', (value) => value === 'chunked' || value === 'identity');
  const types = values(head, 'content-type');
  const [type] = types;
  if (types.length > 1)
    throw impossible(`expected one content-type, got ${types.length}: masks need to know what the body is`);
  if (type === undefined) return null;
  const there = known.get(type);
  if (there !== undefined) return there;
  const media = parseMedia(type);
  if (known.size >= knownLimit) known.clear();
  known.set(type, media);
  return media;
}

/**
 * The decoder that a response needs before masks are applied; null when it is not encoded.
 * @throws CountersignError `mask_impossible` when there are several encodings, or one that isn't known
 */
export function decoderOf(head: ResponseHead): OpenDecoder | null {
  single(head, 'content-encoding', (value) => value === 'identity' || decoders.has(value));
  return decoders.get(values(head, 'content-encoding')[0]?.toLowerCase() ?? '') ?? null;
}

/** At most one line of that header, and only with a value that we know. */
function single(head: ResponseHead, name: string, known: (value: string) => boolean): void {
  const found = values(head, name);
  if (found.length > 1 || !found.every((value) => known(value.toLowerCase())))
    throw impossible(`the ${name} is not one that masks can be applied under`);
}

function values(head: ResponseHead, name: string): string[] {
  return head.headers.filter((header) => header.name === name).map(({ value }) => value.toString('latin1').trim());
}

/** The error for a response that says something which masks can't go by. */
export function impossible(why: string): CountersignError {
  return new CountersignError('mask_impossible', `the response can not be masked for certain: ${why}`);
}

/** Statuses that never have a body (RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5). */
const bodylessStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/** Whether the response says that no body follows. `method` is the request's, where it is known. */
export function bodyless(head: ResponseHead, method?: string): boolean {
  if (method === 'HEAD' || head.status < 200 || bodylessStatuses.has(head.status)) return true;
  return values(head, 'content-length').length === 1 && headerText(head.headers, 'content-length')?.trim() === '0';
}

/** A stream of events: its head goes to the caller at once. */
export function isEventStream({ headers }: ResponseHead): boolean {
  return /^text\/event-stream[ \t]*(?:;|$)/i.test(headerText(headers, 'content-type') ?? '');
}
