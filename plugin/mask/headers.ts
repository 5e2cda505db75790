import type { Header, ResponseHead } from '../request.ts';
import type { CompiledPlan } from './compile.ts';
import type { Plan } from './plan.ts';

/**
 * Headers and trailers that describe the bytes before masking: each lets the caller test a guess of what was masked,
 * or asks for a part of it (threat 13).
 */
const oracles: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-length',
  'content-md5',
  'digest',
  'etag',
  'repr-digest',
  'signature',
  'signature-input',
  'x-goog-hash',
]);

/** Families of the same: checksums of object stores. */
const oraclePrefixes = ['x-amz-checksum-', 'x-ms-content-'];

/**
 * Request headers by which a caller asks for a part, a difference or a condition of the representation, or for an
 * encoding, which would only be taken off again: RFC 9110 sections 12.5.3, 13.1 and 14.2, RFC 3229, RFC 4918, RFC 6638, SSE.
 */
const asking: readonly string[] = [
  'if',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-schedule-tag-match',
  'if-unmodified-since',
  'range',
  'last-event-id',
  'a-im',
  'accept-encoding',
  'want-digest',
  'want-content-digest',
  'want-repr-digest',
];

/** What changes in a response's head: names to remove, then pairs to set. */
export interface HeaderChanges {
  readonly remove: readonly string[];
  readonly set: readonly (readonly [name: string, value: string])[];
}

/** What a plan changes in the head of a response, which leaves decoded; nothing without masks. */
export function responseHeaderChanges(plan: CompiledPlan, head: ResponseHead): HeaderChanges {
  if (plan.empty) return { remove: [], set: [] };
  const encoded = head.headers.some(({ name }) => name === 'content-encoding') ? ['content-encoding'] : [];
  return { remove: [...oracleNames(head.headers), ...encoded], set: [['cache-control', 'private, no-store']] };
}

/** Trailers that can't pass with masks. */
export function trailersToRemove(plan: CompiledPlan, trailers: readonly Header[]): readonly string[] {
  return plan.empty ? [] : oracleNames(trailers);
}

/** Request headers that can't go upstream with masks: what they ask for is an oracle, or can't be masked. */
export function requestHeadersToRemove(plan: Plan): readonly string[] {
  return plan.length === 0 ? [] : asking;
}

function oracleNames(headers: readonly Header[]): string[] {
  const found = headers
    .map(({ name }) => name)
    .filter((name) => oracles.has(name) || oraclePrefixes.some((prefix) => name.startsWith(prefix)));
  return [...new Set(found)];
}
