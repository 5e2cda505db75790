import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { CompiledMask } from './compile.ts';
import type { OperatorName } from './plan.ts';

/** Keys are few and live as long as the process; making the object costs five times what hashing a value does. */
const keyObjects = new WeakMap<Buffer, KeyObject>();

function keyObject(key: Buffer): KeyObject {
  const there = keyObjects.get(key) ?? createSecretKey(key);
  keyObjects.set(key, there);
  return there;
}

/** What a JSON value is, by its first byte. */
export type ValueKind = 'string' | 'number' | 'other';

/**
 * What a value becomes: JSON text that is known before the value is read, `value` when the value itself is needed, or
 * `drop` when it goes together with its name and comma.
 */
export type Outcome = Buffer | 'value' | 'drop';

/** One mask with its tokens as JSON text: what the rewriter works with. */
export interface Operation {
  outcome(kind: ValueKind): Outcome;
  /** JSON text for a value whose outcome is `value`: the decoded string, or the number's text. */
  replace(value: string): Buffer;
  /** What a part of a string becomes, as it stands between the quotes of JSON text. */
  replacePart(part: string): Buffer;
}

const nullText = Buffer.from('null');
const zeroText = Buffer.from('0');

/** What each operator makes of each kind of value; `token` is the redaction token. */
const outcomes: Readonly<Record<OperatorName, (kind: ValueKind, token: Buffer) => Outcome>> = {
  redact: (_, token) => token,
  partial: (kind, token) => (kind === 'other' ? token : 'value'),
  hash: (kind, token) => (kind === 'other' ? token : 'value'),
  null: () => nullText,
  zero: (kind, token) => (kind === 'number' ? zeroText : token),
  drop: () => 'drop',
};

/** The operation of one mask. `key` is the pseudonym key, needed by `hash` alone. */
export function openOperation(mask: CompiledMask, key: Buffer): Operation {
  const token = Buffer.from(JSON.stringify(mask.token));
  const outcome = outcomes[mask.operator];
  const replace = (value: string) =>
    Buffer.from(
      JSON.stringify(
        mask.operator === 'hash' ? pseudonym(value, mask.rule, key) : partial(value, mask.keepFirst, mask.keepLast),
      ),
    );
  return {
    outcome: (kind) => outcome(kind, token),
    replace,
    replacePart: (part) => (mask.operator === 'redact' ? token : replace(part)).subarray(1, -1),
  };
}

/** What `partial` lets stand wherever it is: the separators of card, account, phone and identity numbers and addresses. */
const separators: ReadonlySet<string> = new Set(' -._/:,;()+@');

/**
 * Keeps the first and the last letters and digits, and separators; each other code point becomes `*`. A value with no
 * more letters and digits than would be kept is masked whole: it must not come out as it was.
 *
 * Leaks: the length, the separators, and what is kept.
 * @example partial('123-45-6789', 0, 4) // '***-**-6789'
 */
export function partial(value: string, keepFirst: number, keepLast: number): string {
  let count = 0;
  for (const point of value) if (!separators.has(point)) count++;
  const whole = keepFirst + keepLast >= count;
  let masked = '';
  let seen = 0;
  for (const point of value) {
    if (separators.has(point)) masked += point;
    else {
      seen++;
      masked += !whole && (seen <= keepFirst || seen > count - keepLast) ? point : '*';
    }
  }
  return masked;
}

/** Bytes of the HMAC that a pseudonym shows: 128 bits. */
const pseudonymBytes = 16;

/**
 * `h_` and 22 characters: HMAC-SHA-256 under the key, over the rule, a zero byte and the value, cut to 16 bytes. The
 * rule labels the input so that a caller who can choose a value elsewhere can't compare pseudonyms (threat 13).
 *
 * Leaks: which values are equal under the same rule and key.
 */
export function pseudonym(value: string, rule: string, key: Buffer): string {
  const mac = createHmac('sha256', keyObject(key))
    .update(`${Buffer.byteLength(rule)}:${rule}\0`)
    .update(value, 'utf8')
    .digest();
  return `h_${mac.subarray(0, pseudonymBytes).toString('base64url')}`;
}
