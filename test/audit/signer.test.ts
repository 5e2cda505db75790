import { createPublicKey } from 'node:crypto';
import t from 'tap';
import { fingerprint, spkiOf } from '../../plugin/audit/signer.ts';

const pem = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----`;

t.test('a signer is named by the hash of its SPKI', async (t) => {
  const publicKey = createPublicKey(pem);
  t.equal(spkiOf({ publicKey }).toString('base64'), pem.split('\n').slice(1, 3).join(''));
  t.equal(fingerprint({ publicKey }).length, 32);
});
