import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import t from 'tap';
import { manifestFiles, readManifest } from '../../plugin/audit/manifest.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const log = generateKeyPairSync('ed25519');
const signer = { publicKey: ec.publicKey, sign: async (message: Buffer) => sign('sha256', message, ec.privateKey) };
const manifest = { origin: 'e1.gate.audit.example', epoch: 1, created: 1_700_000_000_000 };

t.test('the public files of a log agree with each other and with its keys', async (t) => {
  const files = await manifestFiles(manifest, signer, log.privateKey);
  t.same(Object.keys(files).sort(), ['key.pub', 'trusted_root.json', 'vkey', 'writer.bundle.json', 'writer.json']);
  const writer = files['writer.json'] ?? Buffer.alloc(0);
  t.equal(canonicalize(JSON.parse(String(writer))), String(writer), 'JCS');
  t.same(readManifest(writer), manifest);

  t.ok(createPublicKey(files['key.pub'] ?? '').equals(ec.publicKey));
  const { messageSignature, verificationMaterial } = JSON.parse(String(files['writer.bundle.json']));
  t.ok(verify('sha256', writer, ec.publicKey, Buffer.from(messageSignature.signature, 'base64')));
  t.equal(messageSignature.messageDigest.digest, createHash('sha256').update(writer).digest('base64'));
  const spki = ec.publicKey.export({ format: 'der', type: 'spki' });
  t.equal(verificationMaterial.publicKey.hint, createHash('sha256').update(spki).digest('base64'));

  const [tlog] = JSON.parse(String(files['trusted_root.json'])).tlogs;
  t.equal(tlog.baseUrl, 'https://e1.gate.audit.example');
  t.equal(tlog.publicKey.validFor.start, '2023-11-14T22:13:20.000Z');
  t.ok(
    createPublicKey({ key: Buffer.from(tlog.publicKey.rawBytes, 'base64'), format: 'der', type: 'spki' }).equals(
      log.publicKey,
    ),
  );
  const [name, hint, key = ''] = String(files.vkey).trim().split('+');
  t.equal(name, manifest.origin);
  const id = Buffer.from(tlog.logId.keyId, 'base64');
  t.equal(hint, id.toString('hex', 0, 4));
  t.equal(Buffer.from(key, 'base64').at(0), 1);
});

t.test('no private key is among them', async (t) => {
  const files = await manifestFiles(manifest, signer, log.privateKey);
  for (const key of [ec.privateKey, log.privateKey]) {
    const der = key.export({ format: 'der', type: 'pkcs8' });
    const secret =
      key === log.privateKey ? der.subarray(-32) : Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
    for (const [name, bytes] of Object.entries(files)) {
      t.notOk(bytes.includes(secret), name);
      t.notOk(bytes.includes(secret.toString('base64').replace(/=+$/, '')), name);
    }
  }
});
