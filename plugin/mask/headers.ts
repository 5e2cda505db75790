import { isUtf8 } from 'node:buffer';
import type { Header, ResponseHead } from '../request.ts';
import type { CompiledPlan } from './compile.ts';
import type { Operation } from './operators.ts';
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

/** What masks headers: a plan, its operations, and who counts. */
export interface HeaderWork {
  readonly plan: CompiledPlan;
  readonly operations: readonly Operation[];
  hit(mask: number): void;
}

/** What a plan changes in the head of a response, which leaves decoded; nothing without masks. */
export function responseHeaderChanges(work: HeaderWork, head: ResponseHead): HeaderChanges {
  const { plan } = work;
  if (plan.masks.length === 0) return { remove: [], set: [] };
  const masked = maskedHeaders(work, head.headers);
  const encoded = head.headers.some(({ name }) => name === 'content-encoding') ? ['content-encoding'] : [];
  const telling = plan.empty ? [] : [...oracleNames(head.headers), ...encoded];
  return {
    remove: [...new Set([...telling, ...masked.remove])],
    set: [...masked.set.filter(([name]) => name !== 'cache-control'), ['cache-control', 'private, no-store']],
  };
}

/** What a plan changes in trailers. */
export function trailerChanges(work: HeaderWork, trailers: readonly Header[]): HeaderChanges {
  const masked = maskedHeaders(work, trailers);
  const telling = work.plan.empty ? [] : oracleNames(trailers);
  return { remove: [...new Set([...telling, ...masked.remove])], set: masked.set };
}

/** Lines of one name become one line: a list (RFC 9110 section 5.2). */
function maskedHeaders({ plan, operations, hit }: HeaderWork, lines: readonly Header[]): HeaderChanges {
  const remove: string[] = [];
  const set: [string, string][] = [];
  for (const [name, mask] of plan.headers) {
    const values = lines.filter((line) => line.name === name);
    if (values.length === 0) continue;
    const masked = values.map(({ value }) => operations[mask]?.text(textOf(value)) ?? null);
    for (const _ of values) hit(mask);
    if (masked.includes(null)) remove.push(name);
    else set.push([name, masked.join(', ').replace(controls, ' ')]);
  }
  return { remove, set };
}

/** What would end a line, or is no text. */
const controls = /[\u0000-\u001f\u007f]/g;

function textOf(value: Buffer): string {
  return value.toString(isUtf8(value) ? 'utf8' : 'latin1');
}

/** A head as it leaves. */
export function changedHead(head: ResponseHead, { remove, set }: HeaderChanges): ResponseHead {
  const gone = new Set([...remove, ...set.map(([name]) => name)]);
  const stays = head.headers.filter(({ name }) => !gone.has(name));
  return { ...head, headers: [...stays, ...set.map(([name, value]) => ({ name, value: Buffer.from(value) }))] };
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
