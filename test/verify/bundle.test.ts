import t from 'tap';
import { readBundle } from '../../plugin/verify/bundle.ts';

// What each member must say is tried in test/attack/evidence.test.ts.

const bundle = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: {
    publicKey: { hint: '' },
    tlogEntries: [
      {
        logIndex: '0',
        logId: { keyId: '' },
        kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
        integratedTime: '0',
        inclusionProof: { logIndex: '0', rootHash: '', treeSize: '1', hashes: ['AA=='], checkpoint: { envelope: '' } },
        canonicalizedBody: '',
      },
    ],
  },
  dsseEnvelope: { payload: 'e30=', payloadType: '', signatures: [{ keyid: '', sig: 'AQ==' }] },
};
const text = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

t.test('a bundle is read in its one text', async (t) => {
  const read = readBundle(text(bundle));
  t.match(read, { statement: Buffer.from('{}'), signature: Buffer.from([1]), hashes: [Buffer.from([0])] });
  for (const other of [JSON.stringify(bundle), `${text(bundle)}\n`, 'x', ''])
    t.match(readBundle(Buffer.from(other)), { code: 'bundle_malformed' });
});

t.test('base64 has one form, and signatures are one', async (t) => {
  const envelope = (members: object) => text({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, ...members } });
  t.match(readBundle(envelope({ payload: 'e31=' })), { code: 'bundle_malformed', fault: /base64/ });
  const [one] = bundle.dsseEnvelope.signatures;
  t.match(readBundle(envelope({ signatures: [one, one] })), { code: 'bundle_signatures' });
  t.match(readBundle(envelope({ signatures: [] })), { code: 'bundle_malformed' });
});
