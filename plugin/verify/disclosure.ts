import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64');

const itemSchema = z.strictObject({
  seq: z.int().min(0).optional(),
  field: z.string().min(1).max(1_024),
  salt: base64,
  value: base64,
});

/** One field that was opened. Without `seq` it is of the entry beside it. */
export type DisclosedField = z.output<typeof itemSchema>;

/** Whether an opened field is what the entry committed to when it was signed. */
export type DisclosureVerdict = 'proved' | 'other value or salt' | 'not committed';

/**
 * Reads what `audit disclose --json` printed, or the `disclosure.json` of a folder of evidence.
 * @throws CountersignError `usage` when it is neither; the message never quotes a value
 */
export function readDisclosure(text: string): readonly DisclosedField[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CountersignError('usage', 'a disclosure is a JSON array of {field, salt, value}; this is not JSON');
  }
  const parsed = z.array(itemSchema).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CountersignError(
    'usage',
    `a disclosure is a JSON array of {field, salt, value}: ${issue?.path.join('.') || 'this'}: ${issue?.message}`,
  );
}

/**
 * Holds an opened field against the commitments of an entry: `c = HMAC-SHA-256(salt, "countersign.dev/commit/v1" 00
 * field 00 value)`, base64url. `committed` is the entry's member of that name, of any shape.
 */
export function checkDisclosure(committed: unknown, { field, salt, value }: DisclosedField): DisclosureVerdict {
  const rows = Array.isArray(committed) ? (committed as readonly unknown[]) : [];
  const row = rows.find((one) => typeof one === 'object' && one !== null && (one as { k?: unknown }).k === field);
  if (row === undefined) return 'not committed';
  const message = Buffer.concat([Buffer.from(`countersign.dev/commit/v1\0${field}\0`), Buffer.from(value, 'base64')]);
  const expected = createHmac('sha256', Buffer.from(salt, 'base64')).update(message).digest('base64url');
  return (row as { c?: unknown }).c === expected ? 'proved' : 'other value or salt';
}
