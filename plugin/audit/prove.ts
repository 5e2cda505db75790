import { createHash, createPublicKey } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { encoding, envelopeOf, leafBody } from './batch.ts';
import { openChain } from './chain.ts';
import { readCheckpoint } from './checkpoint.ts';
import { directoryStore } from './directory.ts';
import { readManifest } from './manifest.ts';
import { auditPath } from './merkle.ts';
import { readBatch } from './reader.ts';
import { scan } from './recover.ts';
import { fingerprint } from './signer.ts';
import { firstAnchor, withAuthority } from './stamped.ts';
import type { EntryStore } from './store.ts';

const instructions = `# How to verify this entry

\`entry.json\` is one entry of a Countersign audit log. \`bundle.json\` is a Sigstore bundle: the signed statement of the
batch that the entry is in, and the proof that the batch is in the log whose checkpoint is beside it. \`key.pub\` and
\`trusted_root.json\` name the keys; compare \`key.pub\` with the one that you were given some other way, for instance by
its fingerprint:

    openssl pkey -pubin -in key.pub -outform der | openssl dgst -sha256

With stock cosign (3.1 or newer), offline:

    cosign verify-blob-attestation --bundle bundle.json --key key.pub --trusted-root trusted_root.json --type https://countersign.dev/audit/batch/v1 entry.json

With Go's own \`sumdb/note\` and \`sumdb/tlog\`: \`test/audit/tlog\` in Countersign's sources is a page of Go that calls
nothing else. It checks the checkpoint under \`vkey\` and the proof in \`bundle.json\`; with a checkpoint that you kept
and the log's folder also that the log has only grown since (paths are absolute):

    go -C COUNTERSIGN/test/audit/tlog run . "$PWD"
    go -C COUNTERSIGN/test/audit/tlog run . "$PWD" KEPT-CHECKPOINT LOG-FOLDER

If there is a \`disclosure.json\`, it opens fields that the entry only commits to: \`salt\` and \`value\` are base64, and
the entry's \`committed\` has, as \`c\`, the HMAC-SHA-256 under the salt of "countersign.dev/commit/v1", a zero byte,
the field's name, a zero byte, and the value, in base64url. With any Node.js, no package needed:

    node -e 'const f=require("fs"),c=require("crypto"),e=JSON.parse(f.readFileSync("entry.json"));for(const d of JSON.parse(f.readFileSync("disclosure.json"))){const m=Buffer.concat([Buffer.from("countersign.dev/commit/v1\\0"+d.field+"\\0"),Buffer.from(d.value,"base64")]);const h=c.createHmac("sha256",Buffer.from(d.salt,"base64")).update(m).digest("base64url");console.log(d.field,e.committed.some(x=>x.k===d.field&&x.c===h)?"proved":"NOT PROVED")}'

or for one FIELD, with its SALT and VALUE, by openssl; compare with \`c\` (base64url has - and _ for + and /, and no =):

    { printf 'countersign.dev/commit/v1\\0FIELD\\0'; printf %s VALUE | base64 -d; } | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf %s SALT | base64 -d | od -An -v -tx1 | tr -d ' \\n') -binary | base64

If there is a \`checkpoint.bundle.json\`, a time-stamping authority saw the checkpoint: the entry is no younger than the
stamp. \`trusted_root.json\` has to name the authority (\`countersign audit prove --tsa-root\` writes it there):

    cosign verify-blob --bundle checkpoint.bundle.json --key key.pub --trusted-root trusted_root.json --use-signed-timestamps --insecure-ignore-tlog checkpoint

What this does not show: that nothing was taken off the end of the log since. Keep the checkpoint, and give it to
\`countersign audit verify --since\` later.
`;

/**
 * Evidence of an entry, by file name. Rejects with CountersignError `audit_unknown` when no published checkpoint covers
 * it, `audit_damaged` when its batch is not what was written.
 */
export type Prover = (seq: number) => Promise<Readonly<Record<string, Buffer>>>;

/** Evidence of one entry. @throws as `openProver` and what that gives */
export async function proveEntry(folder: string, seq: number, tsaRoots: string | null = null): ReturnType<Prover> {
  const prover = await openProver(folder, tsaRoots);
  return prover(seq);
}

/**
 * Makes evidence of entries as stock cosign verifies it. Only reads the folder, all of it once. The checkpoint is the
 * first that is stamped and covers the entry, else the newest. `tsaRoots`: PEM, put into the trusted root for stock
 * tools. @throws CountersignError `audit_unknown` when the folder is no log's; `audit_damaged`
 */
export async function openProver(folder: string, tsaRoots: string | null = null): Promise<Prover> {
  const store = directoryStore(folder);
  const { writer, bundle: writerBundle, key, root, vkey, note: published } = await publicFiles(store, folder);
  const { checkpoint: newest, manifest, signer } = parsed(folder, { writer, key, note: published });
  const { origin, epoch } = manifest;
  const chain = openChain(origin, epoch, signer);
  const leaves: Buffer[] = [];
  await scan(store, chain, signer, false, () => leaves.push(...(chain.previous === null ? [] : [chain.previous])));
  return async (seq) => {
    const { record, batch, firstSeq } = await readBatch(store, chain, seq);
    if (batch >= newest.size)
      throw new CountersignError(
        'audit_unknown',
        `no published checkpoint covers entry ${seq} yet: wait a second and try again`,
      );
    const anchor = await firstAnchor(store, batch);
    const note = anchor?.checkpoint ?? published;
    const checkpoint = readCheckpoint(note.toString('utf8')) ?? newest;
    const { statement, signature, entries } = record;
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
              hashes: auditPath(leaves.slice(0, checkpoint.size), batch).map((hash) => hash.toString('base64')),
              checkpoint: { envelope: note.toString('utf8') },
            },
            canonicalizedBody: leafBody(encoding(statement), signature, chain.spki).toString('base64'),
          },
        ],
      },
      dsseEnvelope: envelopeOf(statement, signature),
    };
    return {
      'entry.json': entries[seq - firstSeq] ?? Buffer.alloc(0),
      'bundle.json': Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`),
      'key.pub': key,
      'trusted_root.json': anchor === null || tsaRoots === null ? root : withAuthority(root, anchor.stamps, tsaRoots),
      checkpoint: note,
      ...(anchor === null ? {} : { 'checkpoint.bundle.json': anchor.bundle }),
      'writer.json': writer,
      'writer.bundle.json': writerBundle,
      vkey,
      'VERIFY.md': Buffer.from(instructions),
    };
  };
}

/** The files that a proof stands on. @throws CountersignError `audit_unknown` where one is missing */
async function publicFiles(store: EntryStore, folder: string) {
  const read = async (name: string): Promise<Buffer> => {
    try {
      return await store.read(name);
    } catch (cause) {
      throw new CountersignError(
        'audit_unknown',
        `expected the folder of an audit log, but ${folder} has no readable ${name}: try ${folder}/audit`,
        { cause },
      );
    }
  };
  return {
    writer: await read('writer.json'),
    bundle: await read('writer.bundle.json'),
    key: await read('key.pub'),
    root: await read('trusted_root.json'),
    vkey: await read('vkey'),
    note: await read('checkpoint'),
  };
}

function parsed(folder: string, { writer, key, note }: Readonly<Record<'writer' | 'key' | 'note', Buffer>>) {
  try {
    const checkpoint = readCheckpoint(note.toString('utf8'));
    if (checkpoint === null) throw new Error('the checkpoint is malformed');
    return { checkpoint, manifest: readManifest(writer), signer: { publicKey: createPublicKey(key) } };
  } catch (cause) {
    throw new CountersignError(
      'audit_damaged',
      `writer.json, key.pub or checkpoint in ${folder} is not as it was written: "countersign audit verify" says more`,
      { cause },
    );
  }
}

/** All 32 bytes of the hash whose first four are a verifier key's hint. */
function logIdOf(origin: string, vkey: Buffer): string {
  const key = Buffer.from(vkey.toString('utf8').trim().split('+').slice(2).join('+'), 'base64');
  return createHash('sha256').update(`${origin}\n`).update(key).digest('base64');
}
