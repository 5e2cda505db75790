import { generateKeyPairSync, sign } from 'node:crypto';
import t from 'tap';
import { preAuthEncoding, readPublicKey, signedBy } from '../../plugin/verify/dsse.ts';
import { freshKeys } from './forger.ts';

t.test('the encoding is the one of the DSSE protocol', async (t) => {
  t.equal(preAuthEncoding(Buffer.from('hé')).toString(), 'DSSEv1 28 application/vnd.in-toto+json 3 hé');
});

t.test('only a P-256 key is a signer', async (t) => {
  const pem = (type: 'P-384' | 'P-256'): string =>
    generateKeyPairSync('ec', { namedCurve: type }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
  t.match(readPublicKey(pem('P-256')), { fingerprint: /^sha256:[0-9a-f]{64}$/ });
  t.equal(readPublicKey(pem('P-384')), null);
  t.equal(readPublicKey(freshKeys().logPublic.export({ type: 'spki', format: 'pem' }).toString()), null);
  t.equal(readPublicKey('nonsense'), null);
});

t.test('a signature is DER, of this key, over these bytes', async (t) => {
  const keys = freshKeys();
  const key = readPublicKey(keys.signerPublic.export({ type: 'spki', format: 'pem' }).toString());
  if (key === null) return t.fail('no key');
  const encoding = preAuthEncoding(Buffer.from('{}'));
  const good = sign('sha256', encoding, keys.signer);
  t.equal(signedBy(key, encoding, good), true);
  t.equal(signedBy(key, preAuthEncoding(Buffer.from('{} ')), good), false);
  t.equal(signedBy(key, encoding, sign('sha256', encoding, freshKeys().signer)), false);
  t.equal(signedBy(key, encoding, sign('sha256', encoding, { key: keys.signer, dsaEncoding: 'ieee-p1363' })), false);
  t.equal(signedBy(key, encoding, Buffer.concat([good, Buffer.from([0])])), false, 'bytes behind the DER');
  t.equal(signedBy(key, encoding, Buffer.alloc(0)), false);
});
