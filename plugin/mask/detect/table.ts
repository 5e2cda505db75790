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

export interface Detector {
  readonly gate: Gate;
  readonly find: Find;
}

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
  email: { gate: { length: 6, digits: 0, has: '@' }, find: findEmails },
  credit_card: { gate: { length: 13, digits: 13, has: null }, find: findCards },
  iban: { gate: { length: 15, digits: 2, has: null }, find: findIbans },
  us_ssn: { gate: { length: 11, digits: 9, has: null }, find: findSsns },
  phone: { gate: { length: 9, digits: 8, has: '+' }, find: findPhones },
  jwt: { gate: { length: 20, digits: 0, has: '.' }, find: findJwts },
  private_key: { gate: { length: 27, digits: 0, has: '-' }, find: findPrivateKeys },
  secret: { gate: { length: 20, digits: 0, has: null }, find: findSecrets },
};
