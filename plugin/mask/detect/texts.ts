import { after, alphanumeric, ascii, base64url, high, isKind, letter, local, past, urlSafe, word } from './bytes.ts';
import type { Find } from './table.ts';

const dot = 0x2e;
const dash = 0x2d;
const at_ = 0x40;
const apostrophe = 0x27;

/** What looks like a top-level domain in the name of a file, `photo@2x.png`. */
const fileEndings = new Set(
  'png jpg jpeg gif svg webp avif ico js mjs cjs ts jsx tsx css scss map json html htm md txt yaml yml tgz gz zip'.split(
    ' ',
  ),
);

/** An address `local@domain.tld` (RFC 5321's Dot-string and Domain; characters outside ASCII as in RFC 6531). */
export const findEmails: Find = (text, report) => {
  for (let at = text.indexOf(at_); at >= 0; at = text.indexOf(at_, at + 1)) {
    let start = at;
    while (isKind(text, start - 1, alphanumeric | local | high)) start--;
    while (start < at && (text[start] === dot || text[start] === dash || text[start] === apostrophe)) start++;
    const end = start === at || text[at - 1] === dot ? -1 : domainEnd(text, at + 1);
    if (end >= 0) report(start, end);
  }
};

function domainEnd(text: Uint8Array, start: number): number {
  let end = start;
  while (isKind(text, end, alphanumeric | high) || text[end] === dash || text[end] === dot) end++;
  for (;;) {
    while (end > start && (text[end - 1] === dot || text[end - 1] === dash)) end--;
    let lastDot = end - 1;
    while (lastDot > start && text[lastDot] !== dot) lastDot--;
    if (lastDot <= start || end - start > 255) return -1;
    if (isTopLevel(text, lastDot + 1, end)) return end;
    end = lastDot;
  }
}

function isTopLevel(text: Uint8Array, from: number, to: number): boolean {
  if (to - from < 2 || to - from > 63) return false;
  if (past(text, from, letter | high) >= to) return !fileEndings.has(ascii(text, from, to).toLowerCase());
  return after(text, from, 'xn--') >= 0;
}

/** Characters of a token's header. */
const jwtHead = { least: 14, most: 4_096 };

/** A JSON web token (RFC 7519): parts in base64url, of which the first is a header that names an algorithm. */
export const findJwts: Find = (text, report) => {
  for (let at = 0; at + 20 <= text.length; ) {
    const end = past(text, at, base64url);
    if (end === at) {
      at++;
      continue;
    }
    const last = text[end] === dot && after(text, at, 'eyJ') >= 0 && isJwtHead(text, at, end) ? jwtEnd(text, end) : -1;
    if (last >= 0) report(at, last);
    at = Math.max(end, last);
  }
};

/**
 * A signed token has two more parts, of which the signature is empty where the algorithm is `none`; an encrypted one
 * four, of which the first may be empty. A dot behind may be the end of a sentence.
 */
function jwtEnd(text: Uint8Array, headEnd: number): number {
  const ends = [headEnd];
  for (let end = headEnd; ends.length < 5 && text[end] === dot; ends.push(end)) end = past(text, end + 1, base64url);
  const [, second = -1, third = -1, fourth = -1, fifth = -1] = ends;
  if (third > second + 1 && fourth > third + 1 && fifth > fourth + 1) return fifth;
  if (third > second + 1 && second > headEnd + 1) return third;
  return third >= 0 && after(text, headEnd + 1, 'eyJ') >= 0 ? third : -1;
}

/** Whether that decodes to an object with the member that every header has. Parsing it would let errors cost time. */
function isJwtHead(text: Uint8Array, from: number, to: number): boolean {
  if (to - from < jwtHead.least || to - from > jwtHead.most) return false;
  const head = Buffer.from(ascii(text, from, to), 'base64url')
    .toString('latin1')
    .trim();
  return head.endsWith('}') && head.includes('"alg"');
}

/** A private key in textual encoding (RFC 7468, and OpenSSH's and PGP's); where its end is missing, all that follows. */
export const findPrivateKeys: Find = (text, report) => {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  for (let at = bytes.indexOf('-----BEGIN '); at >= 0; ) {
    const labelEnd = bytes.indexOf('-----', at + 11);
    const label = labelEnd < 0 || labelEnd - at > 100 ? '' : bytes.toString('latin1', at + 11, labelEnd);
    if (!/^(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?$/.test(label)) {
      at = bytes.indexOf('-----BEGIN ', at + 11);
      continue;
    }
    const endLine = bytes.indexOf(`-----END ${label}-----`, labelEnd + 5);
    const end = endLine < 0 ? bytes.length : endLine + label.length + 14;
    report(at, end);
    at = bytes.indexOf('-----BEGIN ', end);
  }
};

const hex = /^[0-9a-f]+$/i;
const upperDigits = /^[A-Z0-9]+$/;
const any = /^/;

/** Secrets that their makers begin with a prefix of their own; then so many characters of base64url, by their form. */
const secrets: readonly (readonly [prefix: string, least: number, most: number, form: RegExp])[] = [
  ['AKIA', 16, 16, upperDigits],
  ['ASIA', 16, 16, upperDigits],
  ['AIza', 35, 35, any],
  ['GOCSPX-', 28, 28, any],
  ['ghp_', 36, 36, any],
  ['gho_', 36, 36, any],
  ['ghu_', 36, 36, any],
  ['ghs_', 36, 36, any],
  ['ghr_', 36, 36, any],
  ['github_pat_', 82, 82, any],
  ['glpat-', 20, 64, any],
  ['xoxb-', 20, 255, any],
  ['xoxp-', 20, 255, any],
  ['xoxa-', 20, 255, any],
  ['xoxr-', 20, 255, any],
  ['xoxs-', 20, 255, any],
  ['sk_live_', 20, 255, any],
  ['rk_live_', 20, 255, any],
  ['sk_test_', 20, 255, any],
  ['whsec_', 24, 255, any],
  ['sk-ant-', 24, 255, any],
  ['sk-proj-', 24, 255, any],
  ['npm_', 36, 36, any],
  ['hf_', 34, 40, any],
  ['pypi-AgEIcHlwaS5vcmc', 50, 1_024, any],
  ['shpat_', 32, 32, hex],
  ['dop_v1_', 64, 64, hex],
  ['dckr_pat_', 27, 27, any],
  ['lin_api_', 32, 48, any],
  ['hvs.', 24, 255, any],
  ['SG.', 22, 22, any],
];

/** By the first byte, those that begin with it. */
const byFirst: readonly (typeof secrets | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const rows = secrets.filter(([prefix]) => prefix.charCodeAt(0) === byte);
  return rows.length === 0 ? undefined : rows;
});
/** Up to a byte that is in no word: `SG.` and `hvs.` */
const shortestPrefix = 2;

/** A secret of a known maker, by its prefix, length and characters. */
export const findSecrets: Find = (text, report) => {
  for (let at = 0; at < text.length; ) {
    const wordEnd = past(text, at, word | urlSafe);
    if (wordEnd === at) {
      at++;
      continue;
    }
    const rows = wordEnd - at >= shortestPrefix ? byFirst[text[at] as number] : undefined;
    const end = rows === undefined ? -1 : secretEnd(text, at, rows);
    if (end >= 0) report(at, end);
    at = Math.max(end, wordEnd);
  }
};

function secretEnd(text: Uint8Array, at: number, rows: typeof secrets): number {
  for (const [prefix, least, most, form] of rows) {
    const body = after(text, at, prefix);
    if (body < 0) continue;
    const end = past(text, body, base64url);
    if (end - body < least || end - body > most || !form.test(ascii(text, body, end))) continue;
    // SendGrid's has a second part.
    return prefix === 'SG.' && text[end] === dot ? past(text, end + 1, base64url) : end;
  }
  return -1;
}
