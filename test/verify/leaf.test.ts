import t from 'tap';
import { preAuthEncoding, readPublicKey } from '../../plugin/verify/dsse.ts';
import { leafBodies } from '../../plugin/verify/leaf.ts';
import { freshKeys } from './forger.ts';

t.test('a leaf body is hashedrekord 0.0.2, members in its one order', async (t) => {
  const key = readPublicKey(freshKeys().signerPublic.export({ type: 'spki', format: 'pem' }).toString());
  if (key === null) return t.fail('no key');
  const body = leafBodies(key)(preAuthEncoding(Buffer.from('{}')), Buffer.from('signature')).toString();
  t.equal(JSON.stringify(JSON.parse(body)), body);
  t.match(JSON.parse(body), {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: /^[A-Za-z0-9+/]{43}=$/ },
        signature: {
          content: Buffer.from('signature').toString('base64'),
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: key.spki.toString('base64') } },
        },
      },
    },
  });
});
