import type { Header, Principal, Request, ResponseHead } from '../request.ts';
import type { RecordSpec } from './spec.ts';

/** What a recording says of its exchange. Encrypted like all the rest. */
export interface RecordingMeta {
  readonly exchange: string;
  readonly session: string;
  readonly spec: RecordSpec;
  /** ISO 8601, UTC: when the request was recorded. */
  readonly time: string;
  readonly principal: Pick<Principal, 'id' | 'issuer' | 'kind' | 'groups' | 'actors' | 'person'>;
  readonly rule: string | null;
  readonly method: string;
  readonly authority: string;
  /** Without the query, which is content. */
  readonly path: string;
  readonly source: string;
}

/** What the exchange knows that the request does not say. */
export interface RecordingContext {
  readonly session: string;
  readonly principal: Principal;
  readonly rule: string | null;
}

/** A header as it is recorded: name and value, the value as text. */
export type HeaderLine = readonly [name: string, value: string];

/** The head of the recorded request. */
export interface RequestLines {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly HeaderLine[];
  /** False when the body was truncated or not shown: then nobody knows what it said. */
  readonly seen: boolean;
}

/** The head of the recorded response. */
export interface ResponseLines {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
}

/** Headers that carry credentials, in either direction. They never enter a recording (recording.md). */
export const credentialHeaders: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-amz-security-token',
  'x-goog-iap-jwt-assertion',
];

/** Query parameter that carries a bearer token (RFC 6750 section 2.3). */
const tokenParameter = /([?&]access_token=)[^&#]*/gi;

/** What a recording is about. */
export function metaOf(
  exchange: string,
  spec: RecordSpec,
  request: Request,
  { session, principal, rule }: RecordingContext,
  time: Date,
): RecordingMeta {
  const { id, issuer, kind, groups, actors, person } = principal;
  return {
    exchange,
    session,
    spec,
    time: time.toISOString(),
    principal: { id, issuer, kind, groups, actors, person },
    rule,
    method: request.method,
    authority: request.authority,
    path: request.path.replace(/[?#].*$/s, ''),
    source: request.source,
  };
}

/** The request's head without what `dropped` names. */
export function requestLines(request: Request, dropped: ReadonlySet<string>): RequestLines {
  return {
    method: request.method,
    scheme: request.scheme,
    authority: request.authority,
    path: request.path.replace(tokenParameter, '$1'),
    headers: lines(request.headers, dropped),
    seen: request.body !== null,
  };
}

/** The response's head without what `dropped` names. */
export function responseLines(head: ResponseHead, dropped: ReadonlySet<string>): ResponseLines {
  return { status: head.status, headers: lines(head.headers, dropped) };
}

function lines(headers: readonly Header[], dropped: ReadonlySet<string>): readonly HeaderLine[] {
  return headers
    .filter(({ name }) => !dropped.has(name.toLowerCase()))
    .map(({ name, value }) => [name, value.toString('utf8')] as const);
}
