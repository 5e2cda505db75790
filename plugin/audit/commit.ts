import { randomFillSync } from 'node:crypto';
import { hmac } from './hmac.ts';

const saltLabel = 'countersign.dev/salt/v1\0';
const commitLabel = 'countersign.dev/commit/v1\0';

const secretBytes = 32;
/** Secrets are drawn many at a time: asking for one costs more than all the hashing of an entry. */
let drawn = Buffer.alloc(0);

/** One secret per entry; one salt per field is derived of it, so that disclosing one tells nothing of the others. */
export function newSecret(): Buffer {
  if (drawn.length === 0) drawn = randomFillSync(Buffer.alloc(secretBytes * 128));
  const secret = drawn.subarray(0, secretBytes);
  drawn = drawn.subarray(secretBytes);
  return secret;
}

/** The salt of one field: what is disclosed together with the value, never the secret. */
export function saltOf(secret: Uint8Array, field: string): Buffer {
  return Buffer.from(hmac(secret, Buffer.from(saltLabel + field), 'binary'), 'binary');
}

/** The commitment that stands in the entry, base64url. */
export function commitmentOf(salt: Uint8Array, field: string, value: Uint8Array): string {
  return hmac(salt, Buffer.concat([Buffer.from(`${commitLabel}${field}\0`), value]), 'base64url');
}
