import type { PublicKey } from './dsse.ts';
import { sha256 } from './merkle.ts';

/** Builds leaf bodies of one signer: Rekor v2's hashedrekord 0.0.2 over a DSSE encoding, byte by byte. */
export function leafBodies(signer: PublicKey): (encoding: Buffer, signature: Buffer) => Buffer {
  const key = signer.spki.toString('base64');
  return (encoding, signature) =>
    Buffer.from(
      '{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"' +
        `${sha256(encoding).toString('base64')}"},"signature":{"content":"${signature.toString('base64')}",` +
        `"verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"${key}"}}}}}}`,
    );
}
