import { findCards, findIbans, findPhones, findSsns } from './numbers.ts';
import { findEmails, findJwts, findPrivateKeys, findSecrets } from './texts.ts';

/** Finds all matches in a text (UTF-8), in time linear in its length. `report` is given where one begins and ends. */
export type Find = (text: Uint8Array, report: (start: number, end: number) => void) => void;

/** What must be in a text before a detector looks at it. */
export interface Gate {
  /** Bytes at least. */
  readonly length: number;
  /** Decimal digits at least. */
  readonly digits: number;
  /** A byte that occurs; null for any. */
  readonly has: '@' | '+' | '-' | '.' | null;
}

/**
 * What a match may have before it in a text that comes in pieces: what can be the beginning of one is held back until
 * more is known. Holding back more than needed costs time alone.
 */
export interface Reach {
  /** Bytes of a match at most; Infinity where only the next break, or a match's own end, is one. */
  readonly most: number;
  /** What a match never has within: white space, a line's end, or nothing. */
  readonly breaks: 'space' | 'line' | null;
  /** What each match begins with: these bytes, a digit, or many things (null). */
  readonly starts: Uint8Array | 'digit' | null;
}

export interface Detector {
  readonly gate: Gate;
  readonly reach: Reach;
  /** `from` may be used to leave out matches that end before it. */
  readonly find: (text: Uint8Array, report: (start: number, end: number) => void, from?: number) => void;
}

/** A match within one word, or one line. */
const inWord = (most: number): Reach => ({ most, breaks: 'space', starts: null });
const inLine = (most: number, starts: Reach['starts']): Reach => ({ most, breaks: 'line', starts });

/** The detectors that a mask may name. */
export const detectorNames = [
  'email',
  'credit_card',
  'iban',
  'us_ssn',
  'phone',
  'jwt',
  'private_key',
  'secret',
] as const;
export type DetectorName = (typeof detectorNames)[number];

/** Each by its name. */
export const detectors: Readonly<Record<DetectorName, Detector>> = {
  email: { gate: { length: 6, digits: 0, has: '@' }, reach: inWord(512), find: findEmails },
  credit_card: { gate: { length: 13, digits: 13, has: null }, reach: inLine(64, 'digit'), find: findCards },
  iban: { gate: { length: 15, digits: 2, has: null }, reach: inLine(80, null), find: findIbans },
  us_ssn: { gate: { length: 11, digits: 9, has: null }, reach: inLine(32, 'digit'), find: findSsns },
  phone: { gate: { length: 9, digits: 8, has: '+' }, reach: inLine(64, Buffer.from('+')), find: findPhones },
  jwt: {
    gate: { length: 20, digits: 0, has: '.' },
    reach: { most: Number.POSITIVE_INFINITY, breaks: 'space', starts: Buffer.from('eyJ') },
    find: findJwts,
  },
  private_key: {
    gate: { length: 27, digits: 0, has: '-' },
    reach: { most: Number.POSITIVE_INFINITY, breaks: null, starts: Buffer.from('-----BEGIN ') },
    find: findPrivateKeys,
  },
  secret: { gate: { length: 20, digits: 0, has: null }, reach: inWord(2_048), find: findSecrets },
};
