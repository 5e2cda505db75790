import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sha256 } from './merkle.ts';

/** Payload type of an in-toto statement in a DSSE envelope. */
export const payloadType = 'application/vnd.in-toto+json';

/** A P-256 key in the forms that the log uses. */
export interface PublicKey {
  readonly key: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** `sha256:` and the hex SHA-256 of the SPKI. */
  readonly fingerprint: string;
  /** The one PEM encoding of it, with a newline at the end. */
  readonly pem: string;
}

/** Reads a P-256 public key; null when the text is none. */
export function readPublicKey(pem: string): PublicKey | null {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null;
    const spki = key.export({ type: 'spki', format: 'der' });
    return {
      key,
      spki,
      fingerprint: `sha256:${sha256(spki).toString('hex')}`,
      pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    };
  } catch {
    return null;
  }
}

/** DSSE's pre-authentication encoding (secure-systems-lab/dsse, protocol.md) of a statement: what is signed. */
export function preAuthEncoding(statement: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${statement.length} `;
  return Buffer.concat([Buffer.from(head), statement]);
}

/** Whether a DER ECDSA signature over the encoding is the key's. OpenSSL refuses encodings that are not DER. */
export function signedBy(key: PublicKey, encoding: Buffer, signature: Buffer): boolean {
  return verify('sha256', encoding, { key: key.key, dsaEncoding: 'der' }, signature);
}
