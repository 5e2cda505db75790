import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { logId, vkeyOf } from './checkpoint.ts';
import { fingerprint, type Signer, spkiOf } from './signer.ts';

/** Who writes a log, under which keys, since when. */
export interface Manifest {
  readonly origin: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly created: number;
}

type PublicFile = 'writer.json' | 'writer.bundle.json' | 'trusted_root.json' | 'key.pub' | 'vkey';

/**
 * The public files that say who writes the log, by name: `writer.json` (JCS), its Sigstore bundle, the trusted root that
 * stock tools read, and both public keys. Nothing of them is secret; they prove nothing without a key known otherwise.
 */
export async function manifestFiles(
  { origin, epoch, created }: Manifest,
  signer: Signer,
  logKey: KeyObject,
): Promise<Readonly<Record<PublicFile, Buffer>>> {
  const spki = spkiOf(signer);
  const log = createPublicKey(logKey);
  const logSpki = log.export({ format: 'der', type: 'spki' });
  const vkey = vkeyOf(origin, log);
  const start = new Date(created).toISOString();
  const writer = Buffer.from(
    JSON.stringify({
      _type: 'https://countersign.dev/audit/writer/v1',
      anchors: [],
      created,
      epoch,
      origin,
      signer: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', rawBytes: spki.toString('base64') },
      vkey,
    }),
  );
  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [
      {
        baseUrl: `https://${origin}`,
        hashAlgorithm: 'SHA2_256',
        publicKey: { rawBytes: logSpki.toString('base64'), keyDetails: 'PKIX_ED25519', validFor: { start } },
        logId: { keyId: logId(origin, log).toString('base64') },
      },
    ],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  };
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: fingerprint(signer).toString('base64') }, tlogEntries: [] },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(writer).digest('base64') },
      signature: (await signer.sign(writer)).toString('base64'),
    },
  };
  return {
    'writer.json': writer,
    'writer.bundle.json': Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`),
    'trusted_root.json': Buffer.from(`${JSON.stringify(trustedRoot, null, 2)}\n`),
    'key.pub': Buffer.from(signer.publicKey.export({ format: 'pem', type: 'spki' })),
    vkey: Buffer.from(`${vkey}\n`),
  };
}

/**
 * Origin, epoch and creation of a `writer.json`. What else it says is compared with the keys.
 * @throws CountersignError `audit_damaged` when it is not what a writer wrote
 */
export function readManifest(bytes: Buffer): Manifest {
  try {
    return manifest.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new CountersignError(
      'audit_damaged',
      'writer.json of the audit log is not what was written. Nothing was changed: restore it from a backup',
      { cause },
    );
  }
}

const manifest = z.object({ origin: z.string(), epoch: z.int().min(1), created: z.int().min(0) });
