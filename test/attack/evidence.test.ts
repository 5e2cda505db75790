import { createHash, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { leafHash } from '../../plugin/audit/merkle.ts';
import { proveEntry } from '../../plugin/audit/prove.ts';
import { verifyEvidence } from '../../plugin/verify/evidence.ts';
import { readTrusted } from '../../plugin/verify/identity.ts';
import type { FindingCode } from '../../plugin/verify/report.ts';
import { freshKeys, plainRoot, signNote } from '../verify/forger.ts';
import { writeReal } from '../verify/real.ts';
import { entryBytes, origin } from '../verify/sample.ts';

type Files = Readonly<Record<string, Buffer>>;
/** A bundle as JSON, which an attack may change at will. */
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes what no type allows
type Bundle = any;

const scratch = t.testdir();
const { folder: log, keys } = await writeReal(scratch);
const good = await proveEntry(log, 4);
const [other, older] = [await proveEntry(log, 1), await proveEntry(log, 0)];
const pem = String(good['key.pub']);

function found(files: Files, key: string | null = pem): FindingCode[] {
  const folder = join(scratch, 'evidence');
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const { findings } = verifyEvidence(folder, readTrusted(key === null ? [] : [key]));
  for (const { message } of findings) t.match(message, /^[^\n]{10,}$/, 'a finding is said in words');
  return [...new Set(findings.map(({ code }) => code))];
}

const jsonOf = (files: Files): Bundle => JSON.parse(String(files['bundle.json']));
const text = (bundle: Bundle): Buffer => Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`);
const proofOf = (bundle: Bundle): Bundle => bundle.verificationMaterial.tlogEntries[0].inclusionProof;

/** An attack that changes the bundle. */
const bundle = (change: (bundle: Bundle) => void) => (): Files => {
  const changed = jsonOf(good);
  change(changed);
  return { ...good, 'bundle.json': text(changed) };
};

/** An attack that writes a file anew. */
const file = (name: string, change: (text: string) => string) => (): Files => {
  const was = String(good[name]);
  if (change(was) === was) throw new Error(`${name} is as it was`);
  return { ...good, [name]: Buffer.from(change(was)) };
};

const entry = (change: (entry: Bundle) => object) =>
  file('entry.json', (was) => entryBytes(change(JSON.parse(was))).toString());

const swapped = (found: string): string => `${found.startsWith('A') ? 'B' : 'A'}${found.slice(1)}`;

/** The statement says something else, under the true key, in a log of one batch that the true log key signed. */
const signedLie = (lie: (statement: Bundle) => unknown) => (): Files => {
  const changed = jsonOf(good);
  const statement = JSON.parse(Buffer.from(changed.dsseEnvelope.payload, 'base64').toString());
  const said = lie(statement);
  const payload = Buffer.from(typeof said === 'string' ? said : JSON.stringify(statement));
  const encoding = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
  const signature = sign('sha256', encoding, keys.signer);
  const [tlog] = changed.verificationMaterial.tlogEntries;
  const body = JSON.parse(Buffer.from(tlog.canonicalizedBody, 'base64').toString());
  body.spec.hashedRekordV002.signature.content = signature.toString('base64');
  body.spec.hashedRekordV002.data.digest = createHash('sha256').update(encoding).digest('base64');
  const leafBody = Buffer.from(JSON.stringify(body));
  const leaf = leafHash(leafBody);
  // A tree of three leaves, so that the batch can be the leaf that it says it is.
  const note = signNote(origin, 3, plainRoot([leaf, leaf, leaf]), keys);
  changed.dsseEnvelope.payload = payload.toString('base64');
  changed.dsseEnvelope.signatures[0].sig = signature.toString('base64');
  tlog.canonicalizedBody = leafBody.toString('base64');
  Object.assign(tlog.inclusionProof, {
    hashes: [plainRoot([leaf, leaf]).toString('base64')],
    rootHash: plainRoot([leaf, leaf, leaf]).toString('base64'),
    treeSize: '3',
    checkpoint: { envelope: note },
  });
  return { ...good, 'bundle.json': text(changed), checkpoint: Buffer.from(note) };
};

const thief = freshKeys();

function stolen(): Files {
  return { ...good, 'key.pub': Buffer.from(thief.signerPublic.export({ type: 'spki', format: 'pem' })) };
}

const attacks: readonly [string, () => Files, FindingCode][] = [
  ['the entry of another proof', () => ({ ...good, 'entry.json': other['entry.json'] as Buffer }), 'statement_digest'],
  [
    'the bundle of another entry',
    () => ({ ...good, 'bundle.json': other['bundle.json'] as Buffer }),
    'statement_digest',
  ],
  ['the entry says something else', entry((it) => ({ ...it, transition: 'approved' })), 'statement_digest'],
  ['the entry is not canonical', file('entry.json', (was) => `${was}\n`), 'entry_not_canonical'],
  ['the entry has a member twice', file('entry.json', (was) => was.replace('{', '{"seq":4,')), 'entry_not_canonical'],
  [
    'the outer index is another',
    bundle((it) => Object.assign(it.verificationMaterial.tlogEntries[0], { logIndex: '3' })),
    'proof_index',
  ],
  ['the inner index is another', bundle((it) => Object.assign(proofOf(it), { logIndex: '3' })), 'proof_index'],
  ['the size in the proof is another', bundle((it) => Object.assign(proofOf(it), { treeSize: '8' })), 'proof_size'],
  [
    'the root in the proof is another',
    bundle((it) => Object.assign(proofOf(it), { rootHash: swapped(proofOf(it).rootHash) })),
    'proof_root',
  ],
  [
    'a hash of the path is another',
    bundle((it) => proofOf(it).hashes.splice(0, 1, swapped(proofOf(it).hashes[0]))),
    'proof_path',
  ],
  ['two hashes of the path change places', bundle((it) => proofOf(it).hashes.reverse()), 'proof_path'],
  ['the path is short of a hash', bundle((it) => proofOf(it).hashes.pop()), 'proof_path'],
  ['the path has one hash more', bundle((it) => proofOf(it).hashes.push(proofOf(it).hashes[0])), 'proof_path'],
  [
    'the proof of another batch',
    bundle((it) =>
      Object.assign(it.verificationMaterial, { tlogEntries: jsonOf(older).verificationMaterial.tlogEntries }),
    ),
    'proof_path',
  ],
  [
    'the leaf body is another',
    bundle((it) =>
      Object.assign(it.verificationMaterial.tlogEntries[0], {
        canonicalizedBody: jsonOf(older).verificationMaterial.tlogEntries[0].canonicalizedBody,
      }),
    ),
    'proof_body',
  ],
  [
    'the checkpoint in the proof is another',
    bundle((it) => Object.assign(proofOf(it).checkpoint, { envelope: `${proofOf(it).checkpoint.envelope}— x AAAA\n` })),
    'proof_checkpoint',
  ],
  [
    'a second signature',
    bundle((it) => it.dsseEnvelope.signatures.push(it.dsseEnvelope.signatures[0])),
    'bundle_signatures',
  ],
  ['no signature', bundle((it) => it.dsseEnvelope.signatures.pop()), 'bundle_malformed'],
  [
    'the signature of another batch',
    bundle((it) => Object.assign(it.dsseEnvelope, { signatures: jsonOf(older).dsseEnvelope.signatures })),
    'signature_invalid',
  ],
  [
    'a key id that names another key',
    bundle((it) => Object.assign(it.dsseEnvelope.signatures[0], { keyid: 'x' })),
    'bundle_malformed',
  ],
  [
    'a payload type of something else',
    bundle((it) => Object.assign(it.dsseEnvelope, { payloadType: 'text/plain' })),
    'bundle_malformed',
  ],
  [
    'a hint of another key',
    bundle((it) =>
      Object.assign(it.verificationMaterial.publicKey, { hint: swapped(it.verificationMaterial.publicKey.hint) }),
    ),
    'bundle_malformed',
  ],
  ['a member that nobody wrote', bundle((it) => Object.assign(it, { more: 1 })), 'bundle_malformed'],
  [
    'a member of the bundle twice',
    file('bundle.json', (was) => was.replace('"mediaType"', '"mediaType": "x",\n  "mediaType"')),
    'bundle_malformed',
  ],
  [
    'an integrated time that nobody vouches for',
    bundle((it) => Object.assign(it.verificationMaterial.tlogEntries[0], { integratedTime: '1700000000' })),
    'bundle_malformed',
  ],
  [
    'the checkpoint is signed by another log key',
    () => ({ ...good, checkpoint: Buffer.from(signNote(origin, 7, Buffer.alloc(32), thief)) }),
    'checkpoint_signature',
  ],
  [
    'the checkpoint is of another log',
    () => ({ ...good, checkpoint: Buffer.from(signNote('e2.gateway.example.org', 7, Buffer.alloc(32), keys)) }),
    'checkpoint_origin',
  ],
  ['the key is substituted', stolen, 'signer_other'],
  [
    'the trusted root names another log',
    file('trusted_root.json', (was) => was.replace('https://e1', 'https://e2')),
    'writer_inconsistent',
  ],
  [
    'the writer says other keys',
    file('writer.json', (was) => was.replace('"epoch":1', '"epoch":2')),
    'writer_malformed',
  ],
  [
    'the writer dates its keys back',
    file('writer.json', (was) => was.replace(/"created":\d+/, '"created":0')),
    'writer_signature',
  ],
  [
    'the true key signs an entry from before its keys were valid',
    () => {
      const old = entryBytes({ ...JSON.parse(String(good['entry.json'])), time: 1 });
      const was = createHash('sha256')
        .update(good['entry.json'] ?? '')
        .digest('hex');
      const now = createHash('sha256').update(old).digest('hex');
      const lie = signedLie((it) => {
        const subject = it.subject.find((one: Bundle) => one.digest.sha256 === was);
        subject.digest.sha256 = now;
      });
      return { ...lie(), 'entry.json': old };
    },
    'entry_time',
  ],
  ['the true key signs another number', signedLie((it) => Object.assign(it.predicate, { batch: 3 })), 'proof_index'],
  ['the true key signs another count', signedLie((it) => Object.assign(it.predicate, { count: 9 })), 'statement_count'],
  [
    'the true key signs another origin',
    signedLie((it) => Object.assign(it.predicate, { origin: 'e1.other.example.org' })),
    'statement_origin',
  ],
  ['the true key signs another epoch', signedLie((it) => Object.assign(it.predicate, { epoch: 2 })), 'statement_epoch'],
  [
    'a subject bears another name',
    signedLie((it) => Object.assign(it.subject[0], { name: '9' })),
    'statement_subject_name',
  ],
  ['the true key signs two spaces', signedLie((it) => JSON.stringify(it).replace('{', '{ ')), 'statement_malformed'],
  ['the true key signs no statement', signedLie(() => 'x'), 'statement_malformed'],
  [
    'the entry bears another number than its subject',
    signedLie((it) => Object.assign(it.predicate, { firstSeq: it.predicate.firstSeq + 1 })),
    'statement_subject_name',
  ],
];

t.test('the forger makes good evidence where it does not lie', async (t) => {
  t.same(found(signedLie(() => undefined)()), []);
});

t.test('evidence as it was written is good, and says where its key comes from', async (t) => {
  for (const files of [good, other, older]) t.same(found(files), []);
  const report = verifyEvidence(join(scratch, 'evidence'), readTrusted([]));
  t.match(report, { signer: 'unknown', seq: 0, batch: 0, size: 7, origin, findings: [] });
});

for (const [what, attack, code] of attacks)
  t.test(what, async (t) => {
    const codes = found(attack());
    t.ok(codes.includes(code), `${code} among ${codes.join(', ')}`);
  });

t.test('a file of it is gone', async (t) => {
  for (const name of Object.keys(good).filter((it) => it !== 'VERIFY.md')) {
    const folder = join(scratch, `without-${name}`);
    mkdirSync(folder);
    for (const [other, bytes] of Object.entries(good)) if (other !== name) writeFileSync(join(folder, other), bytes);
    const { findings } = verifyEvidence(folder, readTrusted([pem]));
    t.ok(
      findings.some(({ code }) => code === 'file_missing'),
      name,
    );
  }
});

t.test('a bit of any byte of it is flipped', async (t) => {
  for (const [name, bytes] of Object.entries(good)) {
    if (name === 'VERIFY.md') continue;
    const passed: number[] = [];
    for (let at = 0; at < bytes.length; at += 3) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      if (found({ ...good, [name]: flipped }).length === 0) passed.push(at);
    }
    t.same(passed, [], name);
  }
  t.same(found(good), []);
});
