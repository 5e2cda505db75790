import { createHash } from 'node:crypto';

const payloadType = 'application/vnd.in-toto+json';

/** What one batch's statement says. */
export interface Batch {
  /** Index of the batch's leaf. */
  readonly batch: number;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly origin: string;
  /** Hash of the leaf before; null for the first. */
  readonly prevBatch: Buffer | null;
  /** Hex SHA-256 of each entry, in order. */
  readonly digests: readonly string[];
}

/** The in-toto statement of a batch, in exactly this order of members (audit.md). */
export function statementOf({ batch, epoch, firstSeq, origin, prevBatch, digests }: Batch): Buffer {
  const subjects = digests.map((sha256, at) => `{"digest":{"sha256":"${sha256}"},"name":"${firstSeq + at}"}`).join(',');
  const previous = prevBatch === null ? 'null' : `"${prevBatch.toString('hex')}"`;
  return Buffer.from(
    `{"_type":"https://in-toto.io/Statement/v1","predicate":{"batch":${batch},"count":${digests.length},"epoch":${epoch},` +
      `"firstSeq":${firstSeq},"origin":"${origin}","prevBatch":${previous}},` +
      `"predicateType":"https://countersign.dev/audit/batch/v1","subject":[${subjects}]}`,
  );
}

/** DSSE v1 pre-authentication encoding: what is signed. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function encoding(statement: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} `), statement]);
}

/** The DSSE envelope; `keyid` is empty and there is exactly one signature. */
export function envelopeOf(statement: Buffer, signature: Buffer): object {
  return {
    payload: statement.toString('base64'),
    payloadType,
    signatures: [{ keyid: '', sig: signature.toString('base64') }],
  };
}

/** The leaf's body: Rekor v2's hashedrekord 0.0.2 over the encoding. `spki` is the signer's public key, DER. */
export function leafBody(encoded: Buffer, signature: Buffer, spki: Buffer): Buffer {
  const digest = createHash('sha256').update(encoded).digest('base64');
  return Buffer.from(
    `{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"${digest}"},` +
      `"signature":{"content":"${signature.toString('base64')}","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256",` +
      `"publicKey":{"rawBytes":"${spki.toString('base64')}"}}}}}}`,
  );
}
