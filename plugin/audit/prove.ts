import { createHash, createPublicKey } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { encoding, envelopeOf, leafBody } from './batch.ts';
import { openChain } from './chain.ts';
import { readCheckpoint } from './checkpoint.ts';
import { directoryStore } from './directory.ts';
import { readManifest } from './manifest.ts';
import { scan } from './recover.ts';
import { readRecord } from './segment.ts';
import { fingerprint } from './signer.ts';

const instructions = `# How to verify this entry

\`entry.json\` is one entry of a Countersign audit log. \`bundle.json\` is a Sigstore bundle: the signed statement of the
batch that the entry is in, and the proof that the batch is in the log whose checkpoint is beside it. \`key.pub\` and
\`trusted_root.json\` name the keys; compare \`key.pub\` with the one that you were given some other way, for instance by
its fingerprint:

    openssl pkey -pubin -in key.pub -outform der | openssl dgst -sha256

With stock cosign (3.1 or newer), offline:

    cosign verify-blob-attestation --bundle bundle.json --key key.pub --trusted-root trusted_root.json --type https://countersign.dev/audit/batch/v1 entry.json

What this does not show: that nothing was taken off the end of the log since. Keep the checkpoint, and give it to
\`countersign audit verify --since\` later.
`;

/**
 * Evidence of one entry, by file name, as stock cosign verifies it. Only reads the folder.
 * @throws CountersignError `audit_unknown` when no published checkpoint covers the entry; `audit_damaged`
 */
export async function proveEntry(folder: string, seq: number): Promise<Readonly<Record<string, Buffer>>> {
  const store = directoryStore(folder);
  const [writer, key, root, vkey] = await Promise.all(
    ['writer.json', 'key.pub', 'trusted_root.json', 'vkey'].map((it) => store.read(it)),
  );
  const note = await store.read('checkpoint');
  const checkpoint = readCheckpoint(note.toString('utf8'));
  if (!writer || !key || !root || !vkey || checkpoint === null)
    throw new CountersignError('audit_damaged', `${folder} lacks its public files`);
  const { origin, epoch } = readManifest(writer);
  const signer = { publicKey: createPublicKey(key) };
  const chain = openChain(origin, epoch, signer);
  await scan(store, chain, signer);
  const batch = chain.batches.findIndex(({ firstSeq, count }) => seq >= firstSeq && seq < firstSeq + count);
  const place = chain.batches[batch];
  if (place === undefined || batch >= checkpoint.size)
    throw new CountersignError(
      'audit_unknown',
      `no published checkpoint covers entry ${seq}: wait a second and try again`,
    );
  const read = readRecord(await store.readAt(place.segment, place.offset, place.length), 0);
  if (read === null) throw new CountersignError('audit_damaged', `${place.segment} changed while it was read`);
  const { statement, signature, entries } = read.record;
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: fingerprint(signer).toString('base64') },
      tlogEntries: [
        {
          logIndex: String(batch),
          logId: { keyId: logIdOf(origin, vkey) },
          kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
          integratedTime: '0',
          inclusionProof: {
            logIndex: String(batch),
            rootHash: checkpoint.root.toString('base64'),
            treeSize: String(checkpoint.size),
            hashes: chain.tree.inclusion(batch, checkpoint.size).map((hash) => hash.toString('base64')),
            checkpoint: { envelope: note.toString('utf8') },
          },
          canonicalizedBody: leafBody(encoding(statement), signature, chain.spki).toString('base64'),
        },
      ],
    },
    dsseEnvelope: envelopeOf(statement, signature),
  };
  await store.close();
  return {
    'entry.json': entries[seq - place.firstSeq] ?? Buffer.alloc(0),
    'bundle.json': Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`),
    'key.pub': key,
    'trusted_root.json': root,
    checkpoint: note,
    'writer.json': writer,
    'VERIFY.md': Buffer.from(instructions),
  };
}

/** All 32 bytes of the hash whose first four are a verifier key's hint. */
function logIdOf(origin: string, vkey: Buffer): string {
  const key = Buffer.from(vkey.toString('utf8').trim().split('+').slice(2).join('+'), 'base64');
  return createHash('sha256').update(`${origin}\n`).update(key).digest('base64');
}
