import { CountersignError } from '../errors.ts';
import { type Header, headerText, type ResponseHead } from '../request.ts';
import { decoders, type OpenDecoder } from './encoding.ts';

/** How a body is laid out, as far as structural masks can follow it. */
export type Framing = 'json' | 'lines' | 'events';

/** Media types (RFC 9110 section 8.3.1) in which structural masks apply. Others fail closed (threat 2). */
const framings: readonly (readonly [mediaType: RegExp, framing: Framing])[] = [
  [/^application\/json$/, 'json'],
  [/^application\/[!#$%&'*+.^_`|~0-9a-z-]+\+json$/, 'json'],
  [/^application\/(?:(?:x-)?ndjson|jsonl|(?:x-)?jsonlines)$/, 'lines'],
  [/^text\/event-stream$/, 'events'],
];

const contentType =
  /^([!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+)((?:[ \t]*;[ \t]*(?:[!#$%&'*+.^_`|~0-9a-z-]+=(?:[!#$%&'*+.^_`|~0-9a-z-]+|"[^"\\]*"))?)*)[ \t]*$/;

/** Statuses whose body is a part or a difference of the representation. */
const partialStatuses: ReadonlySet<number> = new Set([206, 226]);

/**
 * The framing of a response that masks are to be applied to.
 * @throws CountersignError `mask_impossible` when it isn't known for certain
 */
export function framingOf(head: ResponseHead): Framing {
  if (partialStatuses.has(head.status) || values(head, 'content-range').length > 0)
    throw impossible('a part of a representation came, which masks can not be applied to');
  single(head, 'transfer-encoding', (value) => value === 'chunked' || value === 'identity');
  const types = values(head, 'content-type');
  const [type] = types;
  if (types.length !== 1 || type === undefined)
    throw impossible(`expected one content-type, got ${types.length}: masks need to know what the body is`);
  return framingOfType(type.toLowerCase());
}

/** Content-types that were read: an upstream has few. */
const known = new Map<string, Framing>();
const knownLimit = 256;

function framingOfType(type: string): Framing {
  const there = known.get(type);
  if (there !== undefined) return there;
  const [, mediaType, parameters] = contentType.exec(type) ?? [];
  if (mediaType === undefined || parameters === undefined) throw impossible('the content-type is malformed');
  requireUtf8(parameters);
  const framing = framings.find(([pattern]) => pattern.test(mediaType))?.[1];
  if (framing === undefined)
    throw impossible(
      'expected JSON, NDJSON or an event stream (application/json, application/*+json, application/x-ndjson, ' +
        'application/jsonl, text/event-stream): masks do not apply to this content-type',
    );
  if (known.size >= knownLimit) known.clear();
  known.set(type, framing);
  return framing;
}

/**
 * The decoder that a response needs before masks are applied; null when it is not encoded.
 * @throws CountersignError `mask_impossible` when there are several encodings, or one that isn't known
 */
export function decoderOf(head: ResponseHead): OpenDecoder | null {
  single(head, 'content-encoding', (value) => value === 'identity' || decoders.has(value));
  return decoders.get(values(head, 'content-encoding')[0]?.toLowerCase() ?? '') ?? null;
}

function requireUtf8(parameters: string): void {
  for (const [, name, value] of parameters.matchAll(/([^\s;=]+)=("[^"]*"|[^\s;]+)/g))
    if (name === 'charset' && !/^"?utf-?8"?$/.test(value ?? '')) throw impossible('the charset is not UTF-8');
}

/** At most one line of that header, and only with a value that we know. */
function single(head: ResponseHead, name: string, known: (value: string) => boolean): void {
  const found = values(head, name);
  if (found.length > 1 || !found.every((value) => known(value.toLowerCase())))
    throw impossible(`the ${name} is not one that masks can be applied under`);
}

function values(head: ResponseHead, name: string): string[] {
  return head.headers
    .filter((header: Header) => header.name === name)
    .map(({ value }) => value.toString('latin1').trim());
}

function impossible(why: string): CountersignError {
  return new CountersignError('mask_impossible', `the response can not be masked for certain: ${why}`);
}

/** Statuses that never have a body (RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5). */
const bodylessStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/** Whether the response says that no body follows. `method` is the request's, where it is known. */
export function bodyless(head: ResponseHead, method?: string): boolean {
  if (method === 'HEAD' || head.status < 200 || bodylessStatuses.has(head.status)) return true;
  return values(head, 'content-length').length === 1 && headerText(head.headers, 'content-length')?.trim() === '0';
}
