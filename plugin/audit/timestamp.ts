import { createHash, randomBytes } from 'node:crypto';
import { ASN1Obj } from '@sigstore/core';
import type { Anchor } from './anchors.ts';
import { post } from './post.ts';
import { fingerprint, type Signer } from './signer.ts';

/** A time-stamping authority. */
export interface Authority {
  readonly url: string;
  /** Why a stamp over the message is not good, in words; null when it is. Without it only what a TSA echoes is checked. */
  readonly fault?: (stamp: Buffer, message: Buffer) => string | null;
}

const nonceBytes = 8;

/**
 * RFC 3161 section 2.4.1: version 1, SHA-256 imprint, nonce, and the wish for the authority's certificate: 69 bytes. The
 * nonce is positive: its first bit is clear.
 */
export function stampRequest(digest: Buffer, nonce: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('3043020101', 'hex'),
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    digest,
    Buffer.from('0208', 'hex'),
    nonce,
    Buffer.from('0101ff', 'hex'),
  ]);
}

/** A nonce for `stampRequest`: eight bytes of one DER integer. */
export function newNonce(): Buffer {
  const nonce = randomBytes(nonceBytes);
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40;
  return nonce;
}

/** Why an answer is not the stamp that was asked for (RFC 3161 section 2.4.2), in words; null when it is. */
export function answerFault(answer: Buffer, digest: Buffer, nonce: Buffer): string | null {
  try {
    const root = ASN1Obj.parseBuffer(Buffer.from(answer));
    const status = root.subs[0]?.subs[0]?.toInteger();
    if (status !== 0n && status !== 1n) return `it was refused with status ${status}`;
    const info = root.subs[1]?.subs[1]?.subs[0]?.subs[2]?.subs[1]?.subs[0]?.subs[0];
    if (info === undefined || !info.subs[2]?.subs[1]?.value.equals(digest)) return 'it is not over what was sent';
    // Behind the time: accuracy, ordering, nonce, of which only the nonce is an integer (section 2.4.2).
    if (!info.subs.slice(5).some(({ tag, value }) => tag.isInteger() && value.equals(nonce)))
      return 'its nonce is not the one that was sent: an old answer';
    return null;
  } catch {
    return 'it is no time stamp';
  }
}

/**
 * Stamps of authorities: a Sigstore bundle with the signer's signature over the checkpoint, and the stamps over that
 * signature. One authority that answers is enough; each that does not is told to `onFailed`.
 */
export function stampAnchor(
  signer: Signer,
  authorities: readonly Authority[],
  onFailed: (name: string, error: unknown) => void,
): Anchor {
  return {
    name: 'time stamp',
    async anchor({ note }, signal) {
      const message = Buffer.from(note);
      const signature = await signer.sign(message);
      const answers = await Promise.allSettled(authorities.map((one) => stampOf(one, signature, signal)));
      const stamps = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      const failed = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
      if (stamps.length === 0) throw failed[0];
      for (const [at, answer] of answers.entries())
        if (answer.status === 'rejected') onFailed(authorities[at]?.url ?? '', answer.reason);
      return { checkpoint: message, 'checkpoint.bundle.json': bundleOf(message, signature, signer, stamps) };
    },
  };
}

async function stampOf({ url, fault }: Authority, signature: Buffer, signal: AbortSignal): Promise<Buffer> {
  const digest = createHash('sha256').update(signature).digest();
  const nonce = newNonce();
  const { status, body } = await post(url, 'application/timestamp-query', stampRequest(digest, nonce), signal);
  // Sigstore's own server says 201.
  if (status !== 200 && status !== 201) throw new Error(`the time-stamping authority answered ${status}`);
  const wrong = answerFault(body, digest, nonce) ?? fault?.(body, signature) ?? null;
  if (wrong !== null) throw new Error(`the time stamp is not good: ${wrong}`);
  return body;
}

/** Sigstore bundle v0.3 of a message signature with RFC 3161 stamps. */
function bundleOf(
  message: Buffer,
  signature: Buffer,
  signer: Pick<Signer, 'publicKey'>,
  stamps: readonly Buffer[],
): Buffer {
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: fingerprint(signer).toString('base64') },
      tlogEntries: [],
      timestampVerificationData: {
        rfc3161Timestamps: stamps.map((stamp) => ({ signedTimestamp: stamp.toString('base64') })),
      },
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(message).digest('base64') },
      signature: signature.toString('base64'),
    },
  };
  return Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`);
}
