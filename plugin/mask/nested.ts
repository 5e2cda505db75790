import { isUtf8 } from 'node:buffer';
import { openJsonText } from './json/text.ts';
import { malformed } from './json/token.ts';
import { impossible } from './media.ts';
import { holdLimit, nestingLimit, type Work } from './rewriter.ts';

/** Texts shorter than this hold nothing in base64 that a mask looks for. */
const base64Least = 16;
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** MIME wraps base64 at 76 characters (RFC 2045 section 6.8), and most tools end it with a line's end. */
const lineEnds = /[\t\r\n]+/g;

const blank = /^[ \t\r\n]*/;

/** What JSON in base64 begins with: `{` or `[`, and whatever follows. */
const base64Json = /^[eW][w-z0-9+/_-]/;

/** By byte: what a text that holds JSON may begin with, an escape or white space among it. */
export const openers = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number('{["\\ \t\r\neW'.includes(String.fromCharCode(byte))),
);

/** What follows the first letter of JSON in base64: its low bits are the upper ones of a bracket's. */
const seconds = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[w-z0-9+/_\\-]/.test(String.fromCharCode(byte))));

const letters: ReadonlySet<number> = new Set([0x65, 0x57]);

function isNoLetter(byte: number): boolean {
  return !letters.has(byte);
}

/**
 * Whether a string may hold JSON, or text in base64, by the bytes between its quotes as far as they are there. Without
 * `all`, base64 counts only where it begins as JSON does: no plan with nothing but names looks for anything else.
 */
export function mayNest(b: Uint8Array, at: number, end: number, all: boolean): boolean {
  if (at >= end) return !all;
  const first = b[at] as number;
  if (openers[first] === 1 && (isNoLetter(first) || end - at < 2 || seconds[b[at + 1] as number] === 1)) return true;
  if (!all || end - at < base64Least) return false;
  for (let i = at; i < end; i++) if (b[i] === 0x20) return false;
  return true;
}

/**
 * Masks what stands within a text: JSON, or base64 of a text, and again within those, four deep.
 * @returns the text anew; null where nothing of the kind is in it, or nothing in it is masked
 * @throws CountersignError `mask_impossible` where it goes deeper
 */
export function maskNested(text: string, work: Work): string | null {
  const first = text.charCodeAt(blank.exec(text)?.[0].length ?? 0);
  if (first === 0x7b || first === 0x5b || first === 0x22) return maskJson(text, work);
  const line = text.replace(lineEnds, '');
  if (line.length < base64Least || !base64.test(line)) return null;
  if (work.plan.search === null && !base64Json.test(line)) return null;
  return maskBase64(line, work);
}

/** Masks texts without a framing: what stands nested in them, and what is found in them. Null where nothing is. */
export function maskText(text: string, work: Work): string | null {
  const nested = maskNested(text, work);
  if (nested !== null) return nested;
  const { search } = work.plan;
  if (search === null) return null;
  const bytes = Buffer.from(text);
  const spans = search.text(bytes);
  if (spans.length === 0) return null;
  let masked = '';
  let done = 0;
  for (const { start, end, mask, text: found } of spans) {
    masked += bytes.toString('utf8', done, start) + (work.operations[mask]?.part(found) ?? '');
    done = end;
    work.hit(mask);
  }
  return masked + bytes.toString('utf8', done);
}

/** The rewriter's own work one level further in; what it counts is kept until it counts. */
function deeper(work: Work): { readonly inner: Work; readonly hits: number[] } {
  const hits: number[] = [];
  return { inner: { ...work, plan: work.plan.nested, depth: work.depth + 1, hit: (mask) => hits.push(mask) }, hits };
}

function maskJson(text: string, work: Work): string | null {
  if (!isJson(text)) return null;
  requireBounds(text, work);
  if (!text.isWellFormed()) throw malformed('JSON within a string has a lone surrogate');
  const { inner, hits } = deeper(work);
  const rewriter = openJsonText(inner);
  const out = Buffer.from(rewriter.push(Buffer.from(text)));
  const masked = Buffer.concat([out, rewriter.end()]);
  if (hits.length === 0) return null;
  for (const mask of hits) work.hit(mask);
  return masked.toString('utf8');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function requireBounds(text: string, { depth }: Work): void {
  if (depth >= nestingLimit) throw impossible(`more than ${nestingLimit} texts within each other`);
  if (text.length > holdLimit) throw impossible(`more than ${holdLimit} bytes of a text within another`);
}

function maskBase64(text: string, work: Work): string | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || !isUtf8(bytes)) return null;
  const decoded = bytes.toString('utf8');
  if (controls.test(decoded)) return null;
  const { inner, hits } = deeper(work);
  const masked = maskText(decoded, inner);
  if (masked === null) return null;
  requireBounds(text, work);
  for (const mask of hits) work.hit(mask);
  return encode(masked, text);
}

/** Anything with these is no text. */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** In the alphabet, and with the padding, of the other. */
function encode(text: string, like: string): string {
  const url = /[-_]/.test(like) && !/[+/]/.test(like);
  const encoded = Buffer.from(text).toString(url ? 'base64url' : 'base64');
  if (like.endsWith('=')) return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=');
  return like.length % 4 === 0 && !url ? encoded : encoded.replace(/=+$/, '');
}
