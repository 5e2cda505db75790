import { createHmac, randomBytes } from 'node:crypto';

const saltLabel = 'countersign.dev/salt/v1';
const commitLabel = 'countersign.dev/commit/v1';
const nul = Buffer.from([0]);

/** One secret per entry; one salt per field is derived of it, so that disclosing one tells nothing of the others. */
export function newSecret(): Buffer {
  return randomBytes(32);
}

/** The salt of one field: what is disclosed together with the value, never the secret. */
export function saltOf(secret: Buffer, field: string): Buffer {
  return createHmac('sha256', secret).update(saltLabel).update(nul).update(field).digest();
}

/** The commitment that stands in the entry, base64url. */
export function commitmentOf(salt: Buffer, field: string, value: Uint8Array): string {
  return createHmac('sha256', salt)
    .update(commitLabel)
    .update(nul)
    .update(field)
    .update(nul)
    .update(value)
    .digest('base64url');
}
