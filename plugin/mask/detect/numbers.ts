import { alphanumeric, ascii, digit, isKind, kindOf, letter, past, word } from './bytes.ts';
import type { Find } from './table.ts';

const space = 0x20;
const dash = 0x2d;
const dot = 0x2e;
const zero = 0x30;

/** Issuers of payment cards by the first digits (ISO/IEC 7812; the networks' own ranges) and how long their numbers are. */
const issuers: readonly (readonly [from: number, to: number, ...lengths: readonly number[]])[] = [
  [4, 4, 13, 16, 19],
  [51, 55, 16],
  [2221, 2720, 16],
  [34, 34, 15],
  [37, 37, 15],
  [300, 305, 14],
  [36, 36, 14],
  [38, 39, 14],
  [6011, 6011, 16, 19],
  [644, 649, 16, 19],
  [65, 65, 16, 19],
  [3528, 3589, 16, 17, 18, 19],
  [62, 62, 16, 17, 18, 19],
  [5018, 5018, 13, 14, 15, 16, 17, 18, 19],
  [6304, 6304, 13, 14, 15, 16, 17, 18, 19],
  [6759, 6763, 13, 14, 15, 16, 17, 18, 19],
];

/** How card numbers are written in groups. */
const cardGroups: ReadonlySet<string> = new Set(['4,4,4,4', '4,6,5', '4,6,4', '4,4,4,4,3', '4,4,4,1']);

/** Digits in groups, from `at` on, with one and the same separator between: where each group ends. */
function groupsFrom(text: Uint8Array, at: number, most: number): number[] {
  const ends = [past(text, at, digit)];
  const separator = text[ends[0] as number];
  if (separator !== space && separator !== dash) return ends;
  for (let end = ends[0] as number; ends.length < most && text[end] === separator && isKind(text, end + 1, digit); ) {
    end = past(text, end + 1, digit);
    ends.push(end);
  }
  return ends;
}

/** A number stands alone: no letter, digit or decimal point makes it a part of something longer. */
function alone(text: Uint8Array, start: number, end: number): boolean {
  if (isKind(text, start - 1, word) || isKind(text, end, word)) return false;
  if (text[start - 1] === dot && isKind(text, start - 2, digit)) return false;
  return !(text[end] === dot && isKind(text, end + 1, digit));
}

/** A payment card's number: 13 to 19 digits of a known issuer with Luhn's check digit, in one piece or grouped. */
export const findCards: Find = (text, report) => {
  for (let at = 0; at < text.length; ) {
    if (!isKind(text, at, digit)) {
      at++;
      continue;
    }
    const ends = groupsFrom(text, at, 5);
    const end = isKind(text, at - 1, word) ? -1 : cardEnd(text, at, ends);
    if (end >= 0) report(at, end);
    at = end >= 0 ? end : (ends[0] as number);
  }
};

function cardEnd(text: Uint8Array, at: number, ends: readonly number[]): number {
  for (let groups = ends.length; groups > 0; groups--) {
    const end = ends[groups - 1] as number;
    const sizes = ends.slice(0, groups).map((to, group) => to - (group === 0 ? at : (ends[group - 1] as number) + 1));
    if (groups > 1 ? !cardGroups.has(sizes.join()) : end - at < 13 || end - at > 19) continue;
    if (!alone(text, at, end)) continue;
    const digits = ascii(text, at, end).replace(/[ -]/g, '');
    if (ofIssuer(digits) && luhn(digits)) return end;
  }
  return -1;
}

function ofIssuer(digits: string): boolean {
  return issuers.some(([from, to, ...lengths]) => {
    const prefix = Number(digits.slice(0, String(from).length));
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
}

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const value = digits.charCodeAt(digits.length - 1 - i) - zero;
    const twice = i % 2 === 1 ? 2 * value : value;
    sum += twice > 9 ? twice - 9 : twice;
  }
  return sum % 10 === 0;
}

/** Lengths of IBANs by country (ISO 13616 registry). */
const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

/** An IBAN: a known country, its length, and the check digits modulo 97 (ISO 13616); single spaces or dashes may stand within. */
export const findIbans: Find = (text, report) => {
  for (let at = 0; at + 15 <= text.length; ) {
    if (!isKind(text, at, word)) {
      at++;
      continue;
    }
    const end = isKind(text, at + 2, digit) ? ibanAt(text, at) : -1;
    if (end >= 0) report(at, end);
    at = Math.max(end, past(text, at, word));
  }
};

/** Where an IBAN ends that begins with this word; -1 when none does. */
function ibanAt(text: Uint8Array, at: number): number {
  if (!isKind(text, at, letter) || !isKind(text, at + 1, letter)) return -1;
  const length = ibanLengths.get(ascii(text, at, at + 2).toUpperCase());
  return length === undefined ? -1 : ibanEnd(text, at, length);
}

function ibanEnd(text: Uint8Array, start: number, length: number): number {
  let at = start;
  for (let count = 0; count < length; count++) {
    if ((text[at] === space || text[at] === dash) && count > 0) at++;
    if (!isKind(text, at, alphanumeric)) return -1;
    at++;
  }
  if (isKind(text, at, word)) return -1;
  const plain = ascii(text, start, at).replace(/[ -]/g, '').toUpperCase();
  return mod97(plain) ? at : -1;
}

/** ISO/IEC 7064, MOD 97-10, with the first four characters moved to the end. */
function mod97(iban: string): boolean {
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97;
  }
  return rest === 1;
}

/** A US social security number in its three groups. Nine digits in one piece are too many other things. */
export const findSsns: Find = (text, report) => {
  for (let at = 0; at + 11 <= text.length; at++) {
    const separator = text[at + 3];
    if (separator !== dash && separator !== space) continue;
    if (
      text[at + 6] !== separator ||
      !digitsAt(text, at, 3) ||
      !digitsAt(text, at + 4, 2) ||
      !digitsAt(text, at + 7, 4)
    )
      continue;
    if (!alone(text, at, at + 11) || text[at - 1] === dash || text[at + 11] === dash) continue;
    if (!ssnInUse(ascii(text, at, at + 11))) continue;
    report(at, at + 11);
    at += 10;
  }
};

function digitsAt(text: Uint8Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (((kindOf[text[i] as number] as number) & digit) === 0) return false;
  return true;
}

/** Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never given out (SSA, POMS RM 10201.035). */
function ssnInUse(ssn: string): boolean {
  const area = ssn.slice(0, 3);
  return area !== '000' && area !== '666' && area < '900' && ssn.slice(4, 6) !== '00' && ssn.slice(7) !== '0000';
}

/** Country codes (ITU-T E.164, annex D) of two digits and of three; 1 and 7 are zones by themselves. */
const twoDigitCodes = new Set(
  (
    '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 ' +
    '90 91 92 93 94 95 98'
  ).split(' '),
);
const threeDigitZones =
  /^(?:21[1-368]|22\d|23\d|24\d|25[0-8]|26\d|29[0178]|35\d|37[0-8]|38[0-35-79]|42[013]|50\d|59\d|67[02-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[0168]|96[0-8]|97[0-79]|99[2-68])$/;

const phoneSeparators = ' -.()';

/** An international telephone number: a plus, a country code, 8 to 15 digits in all. */
export const findPhones: Find = (text, report) => {
  for (let at = text.indexOf(0x2b); at >= 0; at = text.indexOf(0x2b, at + 1)) {
    if (isKind(text, at - 1, word) || text[at - 1] === 0x2b) continue;
    const end = phoneEnd(text, at + 1);
    if (end >= 0) report(at, end);
  }
};

function phoneEnd(text: Uint8Array, start: number): number {
  if (!isKind(text, start, digit)) return -1;
  const northAmerican = text[start] === zero + 1;
  const most = northAmerican || text[start] === zero + 7 ? 11 : 15;
  let digits = '';
  let end = -1;
  for (let at = start; isKind(text, at, digit); ) {
    const groupEnd = past(text, at, digit);
    if (digits.length + groupEnd - at > most) break;
    digits += ascii(text, at, groupEnd);
    end = groupEnd;
    at = groupEnd;
    for (
      let skipped = 0;
      skipped < 2 && at < text.length && phoneSeparators.includes(String.fromCharCode(text[at] as number));
      skipped++
    )
      at++;
  }
  if (end < 0 || digits.length < 8 || isKind(text, end, word)) return -1;
  return ofCountry(digits) ? end : -1;
}

function ofCountry(digits: string): boolean {
  if (digits.startsWith('1')) return digits.length === 11 && /^1[2-9]\d\d[2-9]/.test(digits);
  if (digits.startsWith('7')) return digits.length === 11;
  return twoDigitCodes.has(digits.slice(0, 2)) || threeDigitZones.test(digits.slice(0, 3));
}
