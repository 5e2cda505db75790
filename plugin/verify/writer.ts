import { z } from 'zod';
import { readCanonical } from './canonical.ts';
import { type PublicKey, signedBy } from './dsse.ts';
import { sha256 } from './merkle.ts';
import { type NoteKey, readVkey } from './note.ts';

const schema = z.strictObject({
  _type: z.literal('https://countersign.dev/audit/writer/v1'),
  anchors: z.array(z.unknown()),
  created: z.int().min(0).max(8.64e15),
  epoch: z.int().min(0),
  origin: z.string().max(253),
  signer: z.strictObject({ keyDetails: z.literal('PKIX_ECDSA_P256_SHA_256'), rawBytes: z.string() }),
  vkey: z.string(),
});

/** Who writes a log, as `writer.json` says it. */
export interface Writer {
  readonly origin: string;
  readonly epoch: number;
  /** Milliseconds since 1970: the keys are valid from here on. */
  readonly created: number;
  /** Base64 SPKI of the key that signs batches. */
  readonly signer: string;
  readonly log: NoteKey;
  /** Whether checkpoints are to be anchored. */
  readonly anchored: boolean;
}

/** Reads `writer.json`: canonical JSON, a closed set of members, one epoch in its three places. Else why not. */
export function readWriter(bytes: Buffer): Writer | { readonly fault: string } {
  const read = readCanonical(bytes);
  if ('fault' in read) return read;
  const parsed = schema.safeParse(read.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { fault: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is no writer.json'}` };
  }
  const { origin, epoch, created, signer, vkey, anchors } = parsed.data;
  const log = readVkey(vkey);
  if (log === null) return { fault: 'vkey: expected <origin>+<hint>+<base64 of an Ed25519 key>' };
  if (log.origin !== origin) return { fault: 'vkey: its name is not the origin' };
  if (!origin.startsWith(`e${epoch}.`)) return { fault: 'origin: it does not begin with the epoch' };
  return { origin, epoch, created, signer: signer.rawBytes, log, anchored: anchors.length > 0 };
}

/** The one text of `writer.bundle.json` (Sigstore bundle v0.3) around a signature. */
function bundleText(writer: Buffer, signer: PublicKey, signature: string): string {
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: sha256(signer.spki).toString('base64') }, tlogEntries: [] },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: sha256(writer).toString('base64') },
      signature,
    },
  };
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

/** Whether a bundle is the signer's over `writer.json`, in its one text: it ties the log's key to the signer. */
export function bundleFits(bundle: Buffer, writer: Buffer, signer: PublicKey): boolean {
  const text = bundle.toString('utf8');
  const [, signature] = /"signature": "([A-Za-z0-9+/]+={0,2})"/.exec(text) ?? [];
  if (signature === undefined || text !== bundleText(writer, signer, signature)) return false;
  const der = Buffer.from(signature, 'base64');
  return der.toString('base64') === signature && signedBy(signer, writer, der);
}

/**
 * The one text of `trusted_root.json`, which stock tools read. Evidence of one entry may name time-stamping authorities
 * in its own: they prove nothing here, where the reader brings them.
 */
export function trustedRootText(
  { origin, created, log }: Writer,
  timestampAuthorities: readonly unknown[] = [],
): string {
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [
      {
        baseUrl: `https://${origin}`,
        hashAlgorithm: 'SHA2_256',
        publicKey: {
          rawBytes: log.key.export({ type: 'spki', format: 'der' }).toString('base64'),
          keyDetails: 'PKIX_ED25519',
          validFor: { start: new Date(created).toISOString() },
        },
        logId: { keyId: log.id.toString('base64') },
      },
    ],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities,
  };
  return `${JSON.stringify(root, null, 2)}\n`;
}
