import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type CompiledMask, type CompiledPlan, requireKeys } from './compile.ts';
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
  /** The same for the JSON text of a value, from `at` to `end` of `b`, where it takes no decoding; null where it does. */
  replacePlain(b: Uint8Array, at: number, end: number): Buffer | null;
  /** What a part of a string becomes, as it stands between the quotes of JSON text. */
  replacePart(part: string): Buffer;
  /** What a part of any other text becomes. */
  part(part: string): string;
  /** What a text becomes where nothing has a type: a column, a field, an element; null where that goes. */
  text(value: string): string | null;
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

const opened = new WeakMap<CompiledPlan, { readonly keys: Keys; readonly operations: readonly Operation[] }>();
type Keys = Readonly<Record<string, Buffer>>;

/**
 * The operations of a plan by mask, made once for a plan and its keys: both are the same for most responses.
 * @throws CountersignError `mask_invalid` when a key is missing
 */
export function operationsOf(plan: CompiledPlan, keys: Keys): readonly Operation[] {
  const there = opened.get(plan);
  if (there?.keys === keys) return there.operations;
  requireKeys(plan, keys);
  const operations = plan.masks.map((mask) => openOperation(mask, keys[mask.hashKey] ?? Buffer.alloc(0)));
  opened.set(plan, { keys, operations });
  return operations;
}

/** The operation of one mask. `key` is the pseudonym key, needed by `hash` alone. */
export function openOperation(mask: CompiledMask, key: Buffer): Operation {
  const token = Buffer.from(JSON.stringify(mask.token));
  const outcome = outcomes[mask.operator];
  const whole = (value: string) =>
    mask.operator === 'hash' ? pseudonym(value, mask.rule, key) : partial(value, mask.keepFirst, mask.keepLast);
  const part = (text: string) => (mask.operator === 'redact' ? mask.token : whole(text));
  return {
    outcome: (kind) => outcome(kind, token),
    replace: (value) => Buffer.from(JSON.stringify(whole(value))),
    replacePlain: (b, at, end) =>
      mask.operator === 'partial' ? partialPlain(b, at, end, mask.keepFirst, mask.keepLast) : null,
    replacePart: (text) =>
      mask.operator === 'redact' ? token.subarray(1, -1) : Buffer.from(JSON.stringify(whole(text))).subarray(1, -1),
    part,
    text: (value) => texts[mask.operator](value, mask.token, whole),
  };
}

const decimal = /^[ \t]*[-+]?(?:[0-9]+(?:[.,][0-9]*)*|[.][0-9]+)(?:[eE][-+]?[0-9]+)?[ \t]*$/;

/** What each operator makes of a text without a type. */
const texts: Readonly<
  Record<OperatorName, (value: string, token: string, whole: (value: string) => string) => string | null>
> = {
  redact: (_, token) => token,
  partial: (value, _, whole) => whole(value),
  hash: (value, _, whole) => whole(value),
  null: () => '',
  zero: (value, token) => (decimal.test(value) ? '0' : token),
  drop: () => null,
};

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

const quote = 0x22;
const star = 0x2a;

/** By byte: 1 for a separator, 2 for other ASCII that a JSON string holds as it is, 0 for what must be decoded. */
const plainKinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20 || byte > 0x7e || byte === quote || byte === 0x5c) return 0;
  return separators.has(String.fromCharCode(byte)) ? 1 : 2;
});

/** `partial` of a string or number in ASCII without escapes, which most are; null for others. */
function partialPlain(b: Uint8Array, at: number, end: number, keepFirst: number, keepLast: number): Buffer | null {
  const inner = b[at] === quote ? 1 : 0;
  const length = end - at - 2 * inner;
  const masked = Buffer.allocUnsafe(length + 2);
  let count = 0;
  for (let i = 0; i < length; i++) {
    const byte = b[at + inner + i] as number;
    const kind = plainKinds[byte] as number;
    if (kind === 0) return null;
    masked[i + 1] = byte;
    if (kind === 2) count++;
  }
  masked[0] = masked[length + 1] = quote;
  const whole = keepFirst + keepLast >= count;
  let seen = 0;
  for (let i = 1; i <= length; i++) {
    if (plainKinds[masked[i] as number] === 1) continue;
    seen++;
    if (whole || (seen > keepFirst && seen <= count - keepLast)) masked[i] = star;
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
