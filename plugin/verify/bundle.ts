import { z } from 'zod';
import { type PublicKey, payloadType } from './dsse.ts';
import { sha256 } from './merkle.ts';
import type { Checkpoint, NoteKey } from './note.ts';
import type { FindingCode } from './report.ts';
import type { Difference } from './statement.ts';

const text = z.string();

/** Sigstore bundle v0.3 around a DSSE envelope, as `audit prove` writes it. */
const schema = z.strictObject({
  mediaType: text,
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: text }),
    tlogEntries: z
      .array(
        z.strictObject({
          logIndex: text,
          logId: z.strictObject({ keyId: text }),
          kindVersion: z.strictObject({ kind: text, version: text }),
          integratedTime: text,
          inclusionProof: z.strictObject({
            logIndex: text,
            rootHash: text,
            treeSize: text,
            hashes: z.array(text).max(64),
            checkpoint: z.strictObject({ envelope: text }),
          }),
          canonicalizedBody: text,
        }),
      )
      .length(1),
  }),
  dsseEnvelope: z.strictObject({
    payload: text,
    payloadType: text,
    signatures: z.array(z.strictObject({ keyid: text, sig: text })).min(1),
  }),
});

/** What a bundle says, once it has the form of one. */
export interface SaidBundle {
  readonly statement: Buffer;
  readonly signature: Buffer;
  readonly hashes: readonly Buffer[];
  readonly said: z.output<typeof schema>;
}

/** Why a file is no bundle of ours. */
interface Fault {
  readonly code: FindingCode;
  readonly fault: string;
}

/** Reads a bundle, strictly: exactly one signature and one proof, and no member that we do not write. */
export function readBundle(bytes: Buffer): SaidBundle | Fault {
  const malformed = (fault: string): Fault => ({ code: 'bundle_malformed', fault });
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return malformed('it is not JSON');
  }
  // The one text of what was parsed: a member that is there twice is lost in parsing.
  if (bytes.toString('utf8') !== `${JSON.stringify(value, null, 2)}\n`)
    return malformed('it is not in the one text of it: members twice, or other spaces');
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return malformed(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is no bundle'}`);
  }
  const { dsseEnvelope, verificationMaterial } = parsed.data;
  const [signature, second] = dsseEnvelope.signatures;
  if (second !== undefined)
    return { code: 'bundle_signatures', fault: `it has ${dsseEnvelope.signatures.length} signatures, expected one` };
  const hashes = verificationMaterial.tlogEntries[0]?.inclusionProof.hashes ?? [];
  const parts = [dsseEnvelope.payload, signature?.sig ?? '', ...hashes].map((part) => Buffer.from(part, 'base64'));
  const encoded = [dsseEnvelope.payload, signature?.sig, ...hashes];
  if (parts.some((part, at) => part.toString('base64') !== encoded[at]))
    return malformed('a value is not the one base64 form of its bytes');
  const [statement = Buffer.alloc(0), der = Buffer.alloc(0), ...path] = parts;
  return { statement, signature: der, hashes: path, said: parsed.data };
}

/** What a bundle must say beside its statement. */
export interface ExpectedBundle {
  readonly signer: PublicKey;
  readonly log: NoteKey;
  readonly batch: number;
  readonly head: Checkpoint;
  /** Text of the checkpoint. */
  readonly note: string;
  /** The leaf's body, rebuilt. */
  readonly body: Buffer;
}

/** Every member of a bundle that differs from what follows from the statement, the keys and the checkpoint. */
export function bundleDifferences({ said }: SaidBundle, expected: ExpectedBundle): Difference[] {
  const { verificationMaterial, dsseEnvelope } = said;
  const [entry] = verificationMaterial.tlogEntries;
  const proof = entry?.inclusionProof;
  const { signer, log, batch, head, note, body } = expected;
  const members: readonly [FindingCode, string, string | undefined, string][] = [
    ['bundle_malformed', 'mediaType', said.mediaType, 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    ['bundle_malformed', 'the hint', verificationMaterial.publicKey.hint, sha256(signer.spki).toString('base64')],
    ['bundle_malformed', 'payloadType', dsseEnvelope.payloadType, payloadType],
    ['bundle_malformed', 'keyid', dsseEnvelope.signatures[0]?.keyid, ''],
    ['bundle_malformed', 'the id of the log', entry?.logId.keyId, log.id.toString('base64')],
    ['bundle_malformed', 'the kind of the leaf', entry?.kindVersion.kind, 'hashedrekord'],
    ['bundle_malformed', 'the version of the leaf', entry?.kindVersion.version, '0.0.2'],
    ['bundle_malformed', 'integratedTime', entry?.integratedTime, '0'],
    ['proof_index', 'logIndex', entry?.logIndex, String(batch)],
    ['proof_index', 'logIndex of the proof', proof?.logIndex, String(batch)],
    ['proof_size', 'treeSize of the proof', proof?.treeSize, String(head.size)],
    ['proof_root', 'rootHash of the proof', proof?.rootHash, head.root.toString('base64')],
    ['proof_checkpoint', 'the checkpoint of the proof', proof?.checkpoint.envelope, note],
    ['proof_body', 'the body of the leaf', entry?.canonicalizedBody, body.toString('base64')],
  ];
  return members
    .filter(([, , is, must]) => is !== must)
    .map(([code, member]) => ({ code, message: `${member} is not what the batch and the checkpoint make it` }));
}
