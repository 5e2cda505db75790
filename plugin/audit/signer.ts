import { createHash, type KeyObject } from 'node:crypto';

/**
 * Signs batches, and checkpoints that are stamped. One key for the life of a log's epoch.
 *
 * `sign` takes the message itself and resolves with an ECDSA P-256 signature over its SHA-256, DER. It may take as long
 * as a remote key store takes; several may be asked for at a time.
 */
export interface Signer {
  readonly publicKey: KeyObject;
  sign(message: Buffer): Promise<Buffer>;
}

/** The public key as SubjectPublicKeyInfo, DER. */
export function spkiOf({ publicKey }: Pick<Signer, 'publicKey'>): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' });
}

/** SHA-256 of the SPKI: how a signer is named. */
export function fingerprint(signer: Pick<Signer, 'publicKey'>): Buffer {
  return createHash('sha256').update(spkiOf(signer)).digest();
}
